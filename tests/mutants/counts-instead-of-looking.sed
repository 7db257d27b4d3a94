# common/step_hold.c: as many left in a staging place as before are taken for the same ones
/^static int drain/,/^}/ s/ && !memcmp\(pids, before, .*\)\)$/)/
