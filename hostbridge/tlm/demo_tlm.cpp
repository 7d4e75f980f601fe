// SPDX-License-Identifier: Apache-2.0
// The TLM-2.0 example: a SystemC platform in which demo_rx.h's program drives the device through sockets. demo-tlm LOG [TRACE [ENGINE]]
#include "hostbridge/tlm/nic_tlm.h"

extern "C" {
#include "hostbridge/tlm/demo_rx.h"
}

#include <memory>

SC_MODULE(platform)
{
    nic_tlm nic;
    tlm_utils::simple_initiator_socket<platform> cfg, mem, io;
    tlm_utils::simple_target_socket<platform> ram;
    sc_core::sc_signal<bool> intx;
    demo_rx_t &host;
    bool failed = false;
    char err[TRACE_ERR_LEN];

    SC_HAS_PROCESS(platform);
    platform(sc_core::sc_module_name name, const char *engine, demo_rx_t &h)
        : sc_module(name), nic("nic", engine, config()), cfg("cfg"), mem("mem"), io("io"), ram("ram"), host(h)
    {
        cfg.bind(nic.cfg);
        mem.bind(nic.mem);
        io.bind(nic.io);
        nic.dma.bind(ram);
        nic.intx.bind(intx);
        ram.register_b_transport(this, &platform::dma);
        SC_THREAD(driver);
        SC_THREAD(wire);
        SC_METHOD(edge);
        dont_initialize();
        sensitive << intx;
    }
    static nic_config_t config()
    {
        return {NIC_82540EM, {2, 0, 0, 0, 0, 1}};
    }

    static uint64_t now()
    {
        return nic_tlm::now_cyc();
    }
    void wait_until(uint64_t cyc, uint64_t ps)
    {
        wait(nic_tlm::time_of(cyc) + sc_core::sc_time::from_value(ps) - sc_core::sc_time_stamp());
    }

    uint32_t access(const nic_access_t &a)
    {
        tlm::tlm_generic_payload t;
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        uint32_t data = a.wdata;
        t.set_command(a.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
        t.set_address(a.addr);
        t.set_data_ptr((unsigned char *)&data);
        t.set_data_length(4);
        t.set_streaming_width(4);
        demo_log_access(&host, now(), &a);
        if (a.space == NIC_SPACE_CFG) cfg->b_transport(t, delay);
        else mem->b_transport(t, delay);
        if (t.is_response_error()) SC_REPORT_FATAL("platform", t.get_response_string().c_str());
        if (!a.write) demo_log_reply(&host, now(), data);
        return data;
    }

    void driver()
    {
        nic_access_t a;
        for (unsigned i = 0; demo_rx_setup(&host, i, &a); i++) access(a);
        for (;;) {
            while (!intx.read()) wait(intx.posedge_event());
            const uint32_t icr = access(demo_rx_icr());
            const uint64_t cyc = now();
            if (demo_rx_clean(&host, cyc, icr, &a)) access(a);
            wait_until(cyc + DEMO_CHECK, CYC_PS / 2); // the line has its value of that cycle
        }
    }

    void wire()
    {
        uint64_t first = 0;
        uint32_t len = 0;
        bool good = true;
        while (const uint8_t *frame = demo_rx_frame(&host, &first, &len, &good, err)) {
            wait_until(first - 1, CYC_PS / 2);
            nic.rx_frame(first, frame, len, good);
        }
        failed = err[0] != 0;
        wait_until(first + 1000000, 0); // time enough for the last interrupt
        sc_core::sc_stop();
    }

    void edge()
    {
        demo_log_intx(&host, now(), intx.read());
    }

    void dma(tlm::tlm_generic_payload & t, sc_core::sc_time &)
    {
        const uint32_t len = t.get_data_length();
        const bool ok = demo_rx_dma(&host, t.is_write(), t.get_address(), t.get_data_ptr(), len);
        demo_log_dma(&host, now(), t.is_write(), t.get_address(), t.get_data_ptr(), len);
        t.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
};

int sc_main(int argc, char **argv)
{
    char err[TRACE_ERR_LEN];
    auto host = std::make_unique<demo_rx_t>();
    host->log = argc > 1 ? fopen(argv[1], "w") : nullptr;
    if (!host->log) {
        fprintf(stderr, "usage: demo-tlm LOG [TRACE [ENGINE]]\n");
        return 2;
    }
    host->trace = trace_open(argc > 2 ? argv[2] : "gen:imix,count=2000", nullptr, err);
    if (!host->trace) {
        fprintf(stderr, "demo-tlm: %s\n", err);
        return 1;
    }
    platform p("platform", argc > 3 ? argv[3] : "model", *host);
    sc_core::sc_start();
    if (p.failed) fprintf(stderr, "demo-tlm: %s\n", p.err);
    printf("SystemC: %llu frames, %llu bytes, %llu interrupts\n", (unsigned long long)host->frames,
            (unsigned long long)host->bytes, (unsigned long long)host->interrupts);
    trace_close(host->trace);
    return fclose(host->log) != 0 || p.failed;
}
