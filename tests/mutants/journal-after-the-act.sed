# common/txn.c: a step is written down when it is done, not before
/^int ct_txn_apply/,/^}/ {
	s/result = write_step\(txn, step, err\);/result = 0;/
	s/^(\t+)(result = ct_step_apply\(step, err\);)/\1\2\n\1if (result == 0)\n\1\tresult = write_step(txn, step, err);/
}
