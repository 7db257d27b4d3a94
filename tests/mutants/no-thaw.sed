# common/step.c: a container that was frozen where it lies is not thawed when all is undone
/\[CT_STEP_HOLD\]/ s/ct_step_let_go,/nothing,/
