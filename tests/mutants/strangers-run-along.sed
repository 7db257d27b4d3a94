# common/step_running.c: whoever is in the source goes along, also who is not in v2's
/^static int keep_ours/,/^}/ s/known \|\| is_forked\(emptying, text\)/ids[i]/
