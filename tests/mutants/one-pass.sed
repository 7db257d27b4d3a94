# common/step_running.c: a container that runs is taken for empty after one pass
/^static int pass\(/,/^}/ s/if \(result < 0 \|\| \(!count && !emptying->fresh\)\)/if (result < 0 || passes || (!count \&\& !emptying->fresh))/
