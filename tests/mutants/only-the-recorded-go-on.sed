# common/step_hold.c: what was forked while the tasks were moved running stays behind in the freezing hierarchy
/^int ct_step_let_on/,/^}/ s/step->running \? send_running\(step, err\) : send_chosen/send_chosen/
