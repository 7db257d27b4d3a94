// SPDX-License-Identifier: MIT
/* The steps that pin namespaces. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cgroup.h"
#include "common/cleanup.h"
#include "common/nsmake.h"
#include "common/pin.h"
#include "common/step.h"

/* What it has of what is wanted is not made again, unless it is to be that of somebody else. */
static int leave_out(struct ct_pinning *pinning, struct ct_error *err)
{
	struct ct_pins own;

	ct_pin_look(&pinning->container, &own);
	for (int kind = 0; kind < CT_NSSET_KINDS; kind++) {
		const struct ct_nsset_kind *known = &ct_nsset_kinds[kind];

		if (own.flags & pinning->set.flags & known->flag && own.ids[kind] != pinning->set.ids[kind])
			return ct_failx(err, EEXIST, "it names another %s namespace already (number %ju)", known->name,
					(uintmax_t)own.ids[kind]);
	}
	pinning->fresh &= ~own.flags;
	ct_nsset_drop(&pinning->set, own.flags);
	return 0;
}

/* By now its directories have been made, and the containers before it. */
static int pin(struct ct_pinning *pinning, struct ct_error *err)
{
	int result = ct_nssource_open_some(&pinning->later, pinning->all,
					   ct_nssource_flags(&pinning->later, CT_NSSOURCE_CONTAINER),
					   &pinning->set, err);

	if (result >= 0 && pinning->keep)
		result = leave_out(pinning, err);
	if (result >= 0)
		result = ct_nsmake(pinning->fresh, &pinning->inside, &pinning->set, err);
	if (result >= 0)
		result = ct_pin_add(&pinning->container, &pinning->set, err);
	if (result >= 0)
		pinning->flags = pinning->set.flags;
	ct_places_close(pinning->container.places, pinning->container.count);
	ct_places_close(pinning->inside.places, pinning->inside.count);
	return result;
}

int ct_step_pin(struct ct_step *step, struct ct_error *err)
{
	int result = pin(step->pinning, err);

	return result < 0 && step->where ? ct_fail_in(err, "%s", step->where) : result;
}

int ct_step_take_pins(struct ct_step *step, struct ct_error *err)
{
	(void)err;
	if (step->pinning->flags)
		ct_pin_drop(step->place.path, step->pinning->flags);
	return 0;
}

int ct_step_note_pins(struct ct_step *step, struct ct_error *err)
{
	int result;

	step->pinning = calloc(1, sizeof(*step->pinning));
	result = step->pinning ? ct_pin_list(step->place.path, &step->pinning->names) : -ENOMEM;
	return result < 0 ? ct_failx(err, -result, "cannot list the pinned namespaces: %s", strerror(-result)) : 0;
}

/* They were removed and have been made again: the pins are theirs still. */
int ct_step_renew_pins(struct ct_step *step, struct ct_error *err)
{
	(void)err;
	if (step->pinning)
		ct_pin_renew(&step->pinning->names);
	return 0;
}

int ct_step_unpin(struct ct_step *step, struct ct_error *err)
{
	(void)err;
	ct_pin_sweep(step->place.path);
	return 0;
}

void ct_step_clear_pins(struct ct_step *step)
{
	if (!step->pinning)
		return;
	ct_container_clear(&step->pinning->container);
	ct_container_clear(&step->pinning->inside);
	ct_nsset_clear(&step->pinning->set);
	ct_nssource_clear(&step->pinning->later);
	ct_tree_clear(&step->pinning->names);
	free(step->pinning);
	step->pinning = NULL;
}
