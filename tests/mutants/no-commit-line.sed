# common/txn.c: the journal does not say that only the way forward is left
/^int ct_txn_commit/,/^}/ s/txn->journal \? ct_journal_add\(.*\) : 0;/line[0] ? 0 : -1;/
