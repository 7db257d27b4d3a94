# common/step_running.c: nobody asks whether all are in the source of each hierarchy
/^static int list_ours/,/^}/ s/check_present\(emptying->tasks, \*ids, \*count, err\)/0/
