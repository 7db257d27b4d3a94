# common/step_running.c: who has come into the source meanwhile goes along in v2
/^static int keep_ours/,/^}/ s/\(text && !emptying->strictly && strcmp\(text, tasks->origins\[0\]\) != 0\)/(text \&\& !emptying->strictly)/
