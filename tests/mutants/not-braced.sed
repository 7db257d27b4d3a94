# common/txn.c: what is to be put back runs meanwhile
/^void ct_txn_abort/,/^}/ s/ct_step_brace\(&txn->steps\[i\], &why\) < 0/0/
