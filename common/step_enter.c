// SPDX-License-Identifier: MIT
/* The step by which processes that run enter namespaces. */
#include <errno.h>

#include "common/party.h"
#include "common/step.h"

int ct_step_enter(struct ct_step *step, struct ct_error *err)
{
	struct ct_error why = { 0 };
	int result = ct_party_enter(step->party, &why);

	/* what cannot be undone is done if it was done, whoever has died over it */
	if (result >= 0 || (ct_party_is_final(step->party) && ct_party_is_inside(step->party)))
		return 0;
	*err = why;
	return result;
}

int ct_step_brace_party(struct ct_step *step, struct ct_error *err)
{
	(void)err;
	ct_party_brace(step->party);
	return 0;
}

int ct_step_go_back(struct ct_step *step, struct ct_error *err)
{
	return ct_party_undo(step->party, err);
}

int ct_step_go_on(struct ct_step *step, struct ct_error *err)
{
	return ct_party_redo(step->party, err);
}
