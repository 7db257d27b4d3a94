# common/step_hold.c: what was forked while the tasks were moved running is not put back with them
/^int ct_step_hold_now/,/^}/ s/ct_taskset_renew\(step->tasks, pids, count\)/ct_taskset_renew(step->tasks, pids, 0)/
