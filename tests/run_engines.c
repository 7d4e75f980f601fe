// SPDX-License-Identifier: Apache-2.0
#include "tests/run_engines.h"

#include "lab/result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A run as text.
typedef struct played {
    char *json; // without "sim"
    uint8_t *pcap;
    size_t pcap_bytes;
    uint64_t work, cycles;
} played_t;

static void play(run_case_t *k, const char *dir, const char *engine, bool no_jump, played_t *p)
{
    char pcap[128];
    snprintf(pcap, sizeof pcap, "%s/received.pcap", dir);
    k->c.engine = engine;
    k->c.no_jump = no_jump;
    k->c.received_pcap = pcap;
    if (run_try(k) != 0) fail_msg("%s: %s", k->trace, k->r.error);
    lab_options_t o;
    options_defaults(&o);
    o.run = k->c;
    report_t *report = calloc(1, sizeof *report);
    assert_non_null(report);
    report->options = &o;
    report->result = &k->r;
    report->status = k->status;
    figures_compute(&k->r, &report->figures);
    json_t *j = result_json(report);
    assert_non_null(j);
    json_object_del(j, "sim");
    p->json = json_dumps(j, JSON_INDENT(1));
    json_decref(j);
    free(report);
    p->pcap = run_file(pcap, &p->pcap_bytes);
    p->work = k->r.visits;
    p->cycles = k->r.cycles;
}

static void played_free(played_t *p)
{
    free(p->json);
    free(p->pcap);
}

static void expect_same(const char *what, const played_t *a, const played_t *b)
{
    if (strcmp(a->json, b->json) != 0) {
        size_t i = 0;
        while (a->json[i] == b->json[i]) i++;
        i = i < 60 ? 0 : i - 60;
        fail_msg("%s:\n%.200s\n--- but\n%.200s", what, a->json + i, b->json + i);
    }
    assert_int_equal(a->pcap_bytes, b->pcap_bytes);
    assert_memory_equal(a->pcap, b->pcap, a->pcap_bytes);
}

uint64_t run_engines(run_case_t *k, bool slow_too)
{
    char dir[64];
    run_dir_make(dir);
    played_t model, pins, slow = {0};
    k->c.verify = true;
    play(k, dir, "model", false, &model);
    play(k, dir, "model-pins", false, &pins);
    expect_same(k->trace, &model, &pins);
    assert_true(pins.work <= pins.cycles);
    const uint64_t jumped = pins.cycles - pins.work;
    if (slow_too) {
        play(k, dir, "model-pins", true, &slow);
        expect_same(k->trace, &model, &slow);
        assert_true(slow.cycles - slow.work <= 1); // none
    }
    played_free(&model);
    played_free(&pins);
    played_free(&slow);
    run_free(k);
    run_dir_remove(dir);
    return jumped;
}
