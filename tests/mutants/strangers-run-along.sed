# common/step_running.c: whoever is in the source goes along, also who is not in v2's
/^static int check_known/,/^}/ s/!ct_taskset_is_beside\(tasks, 0, ids\[i\]\)/0/
