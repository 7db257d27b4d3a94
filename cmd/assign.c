// SPDX-License-Identifier: MIT
#include "cmd/assign.h"

#include "common/set.h"

static struct ct_assignments list; /* as long as the process */

int assign_parse(const char *value, struct ct_error *err)
{
	int result = ct_assignments_add(&list, value, NULL, err);

	return result < 0 ? result : ct_set_check(&list.items[list.count - 1], err);
}

int assign_plan(const struct ct_hierarchies *all, const struct ct_container *container,
		struct ct_txn *txn, struct ct_error *err)
{
	return ct_set_plan(all, container, &list, txn, err);
}
