# common/step_running.c: who ends after the list was read is forgotten, with whom he has forked before
/^static int note_dead/,/^}/ s/emptying->fresh = true/emptying->fresh = false/
