// SPDX-License-Identifier: Apache-2.0
#include "driver/e1000.h"
#include "tests/mock/mock_os.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

int mock_setup_open(void **state)
{
    os_dev_t *d = mock_create(e1000_driver(), 0x8086100Eu);
    assert_int_equal(d->drv->probe(d, &d->priv), 0);
    assert_int_equal(d->drv->open(d->priv), 0);
    mock_settle(d);
    assert_true(d->carrier);
    mock_log_clear(d);
    *state = d;
    return 0;
}

int mock_teardown_open(void **state)
{
    os_dev_t *d = *state;
    assert_int_equal(d->drv->stop(d->priv), 0);
    d->drv->remove(d->priv);
    mock_destroy(d);
    return 0;
}
