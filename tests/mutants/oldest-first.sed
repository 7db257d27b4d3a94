# common/txn.c: what was done is undone oldest first
/^void ct_txn_abort/,/^}/ {
	s/while \(txn->begun > 0\) \{/for (size_t i = 0, begun = txn->begun; i < begun; i++) {/
	s/\[--txn->begun\]/[begun - txn->begun--]/
}
