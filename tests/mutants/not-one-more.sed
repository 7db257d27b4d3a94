# common/alike.c: who is in the source only where the destination is not stays behind
/^bool ct_alike_can_run/,/^}/ s/holds_others\(hold\)/0/
