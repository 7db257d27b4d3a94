# common/recover.c: after the commit line, too, everything is taken back
/^int ct_recover_text/,/^}/ s/if \(recovery.committed\)/if (0)/
