// SPDX-License-Identifier: MIT
/* The least that a process can do: what the start and the end of one cost. */
int main(void)
{
	return 0;
}
