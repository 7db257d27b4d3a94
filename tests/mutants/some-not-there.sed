# common/step_running.c: nobody asks whether all are in the source of each hierarchy
/^int ct_step_empty/,/^}/ s/check_present\(tasks, ids, count, err\)/0/
