# common/step_hold.c: what is awake in the container already, or has left it, is sent there once more
/^static int send_chosen/,/^}/ s/(step->threads.*), held, kept/\1, ids, count/
