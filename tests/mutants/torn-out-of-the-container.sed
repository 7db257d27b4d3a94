# common/step_tasks.c: what is awake in the container already, or has left it, is sent there once more
/^static int send_chosen/,/^}/ s/attach_kind\(step\), held, kept/attach_kind(step), ids, count/
