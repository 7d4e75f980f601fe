// SPDX-License-Identifier: Apache-2.0
// A device engine as a SystemC TLM-2.0 module (loosely timed). It translates and keeps time; what the device does is in the
// engine, the C model or the Verilated RTL.
//
//   mem, cfg, io   target sockets: memory BAR, configuration space, I/O BAR; address = offset in the space; 4 bytes, byte
//                  enables allowed. A write is posted; a read blocks until its reply is on the pins. Calls are of SC_THREADs.
//   dma            initiator socket: a transaction a TLP, blocking, in order; interrupt messages are 4-byte writes.
//                  A TLP is handed on in the middle of the cycle of its last beat. A target that takes time (delay, wait())
//                  holds up the TLPs behind it, and its time comes before the completion.
//   intx           INTA#, 1 = asserted
//   tx             analysis port: frames that the device sends, when their first byte is on the wire
//   rx_frame()     a frame for the receive wire
//
// Time: a cycle is 8 ns. What is handed in at time t is on the pins in the first cycle that begins after t, or in the next one
// that is free; so it does not matter in which order processes run at t. The device is run cycle by cycle where something
// happens, and sleeps in between. SystemC's resolution must be 1 ps (the default).
#ifndef MODERATO_NIC_TLM_H
#define MODERATO_NIC_TLM_H

#include <cstring>
#include <deque>
#include <vector>

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

extern "C" {
#include "hostbridge/tlm/nic_engine.h"
}

typedef struct nic_tlm_frame {
    uint64_t first_cyc; // first preamble byte
    unsigned stride_cyc;
    std::vector<uint8_t> bytes; // with FCS
} nic_tlm_frame_t;

class nic_tlm : public sc_core::sc_module
{
  public:
    tlm_utils::simple_target_socket_tagged<nic_tlm> cfg, mem, io;
    tlm_utils::simple_initiator_socket<nic_tlm> dma;
    sc_core::sc_out<bool> intx;
    tlm::tlm_analysis_port<nic_tlm_frame_t> tx;

    SC_HAS_PROCESS(nic_tlm);
    nic_tlm(sc_core::sc_module_name name, const char *engine_name, const nic_config_t &config)
        : sc_module(name), cfg("cfg"), mem("mem"), io("io"), dma("dma"), intx("intx"), tx("tx")
    {
        const nic_host_t host = {this, on_tlp, on_reply, on_intx, on_tx_frame, nullptr};
        if (!nic_engine_create(&engine, engine_name, &config, &host))
            SC_REPORT_FATAL("nic_tlm", engine_name);
        cfg.register_b_transport(this, &nic_tlm::b_transport, NIC_SPACE_CFG);
        mem.register_b_transport(this, &nic_tlm::b_transport, NIC_SPACE_MEM);
        io.register_b_transport(this, &nic_tlm::b_transport, NIC_SPACE_IO);
        SC_THREAD(run);
        SC_THREAD(transfer);
        SC_METHOD(edge);
        dont_initialize();
        sensitive << edge_event;
    }

    ~nic_tlm() override
    {
        engine.destroy(engine.self);
    }

    // The cycle that has begun.
    static uint64_t now_cyc()
    {
        return sc_core::sc_time_stamp().value() / CYC_PS;
    }
    static sc_core::sc_time time_of(uint64_t cyc)
    {
        return sc_core::sc_time::from_value(cyc * CYC_PS);
    }
    // As nic_rx_frame() of model/nic.h: first_cyc > now_cyc(), the wire free, bytes valid until the verdict.
    void rx_frame(uint64_t first_cyc, const uint8_t *bytes, uint32_t len, bool fcs_good)
    {
        engine.ops.rx_frame(engine.ops.nic, first_cyc, bytes, len, fcs_good, false);
        wake.notify(sc_core::SC_ZERO_TIME);
    }
    uint64_t rx_wire_free()
    {
        return engine.ops.wire_free(engine.ops.nic);
    }

  private:
    struct tlp_item {
        nic_tlp_t tlp;
        uint64_t end_cyc;
        uint8_t data[NIC_Mrrs];
    };
    nic_engine_t engine;
    sc_core::sc_event wake, dma_event, reply_event;
    sc_core::sc_event_queue edge_event;
    std::deque<bool> edges;
    std::deque<tlp_item> tlps;
    sc_core::sc_mutex reading;
    uint64_t csr_free = 0, cpl_free = 0;
    uint32_t reply = 0;

    // ---- time ----

    void run()
    {
        for (;;) {
            const uint64_t next = engine.sim.next(engine.sim.ctx);
            if (next == SIM_NEVER) wait(wake);
            else if (next > now_cyc()) wait(time_of(next) - sc_core::sc_time_stamp(), wake);
            if (engine.sim.next(engine.sim.ctx) <= now_cyc())
                engine.sim.run(engine.sim.ctx, now_cyc() + 1);
        }
    }

    // ---- register accesses ----

    void b_transport(int space, tlm::tlm_generic_payload &t, sc_core::sc_time &delay)
    {
        nic_access_t a = {};
        if (t.get_data_length() != 4 || t.get_streaming_width() < 4) {
            t.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
            return;
        }
        if (t.get_address() > 0xFFFFF || (t.get_address() & 3)) {
            t.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
            return;
        }
        if (t.get_command() == tlm::TLM_IGNORE_COMMAND) {
            t.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
            return;
        }
        a.write = t.is_write();
        a.space = (uint8_t)space;
        a.addr = (uint32_t)t.get_address();
        a.be = 0xF;
        if (const unsigned char *be = t.get_byte_enable_ptr()) {
            a.be = 0;
            for (unsigned i = 0; i < 4; i++)
                if (be[i % t.get_byte_enable_length()]) a.be |= (uint8_t)(1u << i);
        }
        if (a.write) memcpy(&a.wdata, t.get_data_ptr(), 4);
        else reading.lock(); // one read at a time
        uint64_t cyc = (sc_core::sc_time_stamp() + delay).value() / CYC_PS + 1;
        if (cyc < csr_free) cyc = csr_free;
        if (!engine.ops.access(engine.ops.nic, cyc,
                               &a)) { // its queue is full: when the device has caught up
            wait(time_of(cyc) - sc_core::sc_time_stamp());
            cyc++;
            engine.ops.access(engine.ops.nic, cyc, &a);
        }
        csr_free = cyc + 1;
        wake.notify(sc_core::SC_ZERO_TIME);
        if (!a.write) {
            wait(reply_event);
            memcpy(t.get_data_ptr(), &reply, 4);
            delay = sc_core::SC_ZERO_TIME;
            reading.unlock();
        }
        t.set_response_status(tlm::TLM_OK_RESPONSE);
    }

    static void on_reply(void *ctx, uint64_t cyc, uint32_t data)
    {
        nic_tlm *n = (nic_tlm *)ctx;
        n->reply = data;
        n->reply_event.notify(time_of(cyc) - sc_core::sc_time_stamp());
    }

    // ---- interrupt and transmit wire ----

    static void on_intx(void *ctx, uint64_t cyc, bool level)
    {
        nic_tlm *n = (nic_tlm *)ctx;
        n->edges.push_back(level);
        n->edge_event.notify(time_of(cyc) - sc_core::sc_time_stamp());
    }

    void edge()
    {
        intx.write(edges.front());
        edges.pop_front();
    }

    static void on_tx_frame(void *ctx, uint64_t first, unsigned stride, const uint8_t *bytes,
                            uint32_t len)
    {
        const nic_tlm_frame_t f = {first, stride, std::vector<uint8_t>(bytes, bytes + len)};
        ((nic_tlm *)ctx)->tx.write(f);
    }

    // ---- DMA ----

    static uint64_t on_tlp(void *ctx, uint64_t first, const nic_tlp_t *t)
    {
        nic_tlm *n = (nic_tlm *)ctx;
        n->tlps.emplace_back();
        tlp_item &i = n->tlps.back();
        i.tlp = *t;
        i.end_cyc = first + t->beats - 1;
        if (t->type != NIC_TLP_READ) memcpy(i.data, t->data, t->len);
        n->dma_event.notify(sc_core::SC_ZERO_TIME);
        return i.end_cyc + 1;
    }

    void transfer()
    {
        for (;;) {
            while (tlps.empty()) wait(dma_event);
            tlp_item i = tlps.front();
            tlps.pop_front();
            const sc_core::sc_time at =
                time_of(i.end_cyc) + sc_core::sc_time::from_value(CYC_PS / 2);
            if (at > sc_core::sc_time_stamp()) wait(at - sc_core::sc_time_stamp());
            tlm::tlm_generic_payload t;
            sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
            t.set_command(i.tlp.type == NIC_TLP_READ ? tlm::TLM_READ_COMMAND
                                                     : tlm::TLM_WRITE_COMMAND);
            t.set_address(i.tlp.addr);
            t.set_data_ptr(i.data);
            t.set_data_length(i.tlp.len);
            t.set_streaming_width(i.tlp.len);
            dma->b_transport(t, delay);
            if (delay != sc_core::SC_ZERO_TIME) wait(delay);
            if (i.tlp.type != NIC_TLP_READ) continue;
            if (t.is_response_error()) memset(i.data, 0xFF, i.tlp.len); // as a master abort reads
            uint64_t cyc = now_cyc() + 1;
            if (cyc < cpl_free) cyc = cpl_free;
            engine.ops.completion(engine.ops.nic, cyc, i.tlp.tag, i.data, i.tlp.len);
            cpl_free = cyc + NIC_CplHdrBeats + (i.tlp.len + NIC_BeatBytes - 1) / NIC_BeatBytes;
            wake.notify(sc_core::SC_ZERO_TIME);
        }
    }
};

#endif
