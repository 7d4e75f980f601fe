#include "driver/igb.h"
#include "driver/igbvf.h"
#include "tests/igbdev/igbdev.h"
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

int main(void)
{
    dev_world_t *w = dev_create();
    os_dev_t *d = &w->dev[DEV_PF], *v = &w->dev[1];
    printf("%d\n", dev_probe(d, igb_driver()));
    printf("%d\n", dev_set_vfs(d, 2));
    printf("%d\n", dev_open(d));
    dev_log_clear(w);
    printf("probe %d\n", dev_probe(v, igbvf_driver()));
    printf("%s\n\n", dev_log_text(w, 1));
    dev_log_clear(w);
    printf("open %d\n", dev_open(v));
    printf("%s\n\n", dev_log_text(w, 1));
    printf("PF: %s\n\n", dev_log_text(w, DEV_PF));
    printf("%s\n", v->all_logs);
    printf("%s\n", d->all_logs);
    dev_log_clear(w);
    dev_rx(w, 1, 100, 2, 0, 0);
    dev_settle(w);
    printf("%s\n\n", dev_log_text(w, 1));
    printf("carrier %d received %u\n", v->carrier, v->received);
    dev_log_clear(w);
    dev_stop(v);
    printf("stop %s\n\n", dev_log_text(w, 1));
    dev_log_clear(w);
    dev_remove(v);
    dev_remove(d);
    dev_destroy(w);
    return 0;
}
