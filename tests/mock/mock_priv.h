// SPDX-License-Identifier: Apache-2.0
// Between the two halves of the mock.
#ifndef MODERATO_MOCK_PRIV_H
#define MODERATO_MOCK_PRIV_H

#include "tests/mock/mock_os.h"

void mock_note(os_dev_t *d, char op, uint32_t off, uint32_t value, bool quiet);
// Register at an offset and which element of an array; NULL: none.
const reg_row_t *mock_row(uint32_t off, uint32_t *index);

#endif
