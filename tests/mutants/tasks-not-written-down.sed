# common/txn.c: the journal does not say which tasks they are and where they were
/^int ct_txn_record/,/^}/ s/if \(!txn->journal\)/if (tasks)/
