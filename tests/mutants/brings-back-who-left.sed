# common/step_tasks.c: a task is moved back wherever it is by now
/^static bool is_at/,/^}/ s/!strcmp\(now, path\)/true/
