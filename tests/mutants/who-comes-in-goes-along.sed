# common/step_running.c: who has come into the source meanwhile goes along in v2
/^static bool is_forked/,/^}/ s/return now \? is_same_but.*/return true;/; /^static bool is_forked/,/^}/ s/^\t\t     strcmp.*//
