// SPDX-License-Identifier: MIT
/* The steps that pin namespaces. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cgroup.h"
#include "common/cleanup.h"
#include "common/nsmake.h"
#include "common/pin.h"
#include "common/step.h"

/* By now its directories have been made. */
int ct_step_pin(struct ct_step *step, struct ct_error *err)
{
	struct ct_pinning *pinning = step->pinning;
	int result = ct_nsmake(pinning->fresh, &pinning->inside, &pinning->set, err);

	if (result >= 0)
		result = ct_pin_add(&pinning->container, &pinning->set, err);
	if (result >= 0)
		pinning->flags = pinning->set.flags;
	ct_places_close(pinning->container.places, pinning->container.count);
	ct_places_close(pinning->inside.places, pinning->inside.count);
	return result;
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
	ct_tree_clear(&step->pinning->names);
	free(step->pinning);
	step->pinning = NULL;
}
