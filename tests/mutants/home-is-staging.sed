# common/taskset_renew.c: where a task was in the freezer is where it is staged
/^static int reread_thread/,/^}/ s/before \? old->origins\[before->origin\] : text/text/
