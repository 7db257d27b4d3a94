// SPDX-License-Identifier: MIT
#include "common/progress.h"

void (*ct_progress)(size_t left);
