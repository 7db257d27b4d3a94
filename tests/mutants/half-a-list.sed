# common/recover.c: a list of tasks counts that was not written to its end
/^static int parse_task/,/^}/ s/recovery->list\.tasks, recovery->list\.count/recovery->tasks.tasks, recovery->tasks.count/
