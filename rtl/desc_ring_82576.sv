// SPDX-License-Identifier: Apache-2.0
// One descriptor ring of the 82576: desc_ring with its strap, and the registers of a queue as this
// device has them. Twin of desc_ring_tick_82576() in model/desc_ring.c.
//
// Cycle contract: docs/cycle-contract-82576.md, "Rings". An event is a flop that is 1 for a cycle;
// desc_o, desc_next_o, empty_o and whole_o are of the count taken_i of the same cycle.
// Known differences: those in form of desc_ring.sv.
module desc_ring_82576 (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         tx_i,    // a transmit ring; a constant
  input  logic         reset_i, // CTRL.RST: to the reset state in this tick

  // registers of the queue
  input  logic         en_i,      // RCTL.RXEN, TCTL.EN
  input  logic         restart_i, // base, length or head written, ENABLE rises, reset of the VF
  input  logic [7:0]   func_i,    // whose the queue is; changes while it is disabled
  input  logic [31:0]  bal_i,
  input  logic [31:0]  bah_i,
  input  logic [31:0]  len_i,
  input  logic [15:0]  tail_i,
  input  logic [31:0]  dctl_i,
  input  logic [31:0]  srrctl_i,  // receive
  input  logic [31:0]  wbal_i,    // transmit: TDWBAL, TDWBAH
  input  logic [31:0]  wbah_i,
  input  logic         flush_i,   // SWFLUSH is written
  input  logic         head_we_i,
  input  logic [15:0]  head_wdata_i,
  output logic [15:0]  head_o,

  // consumer: its count, and what it has finished
  input  logic [7:0]   taken_i,
  input  logic         done_i,
  input  logic         done_eop_i,
  input  logic         done_rs_i,   // transmit
  input  logic         done_lli_i,  // receive: a low-latency frame ends here
  input  logic [127:0] done_wb_i,
  output logic [7:0]   filled_o,
  output logic [127:0] desc_o,      // descriptor taken_i
  output logic [127:0] desc_next_o, // the one behind it
  output logic         empty_o,
  output logic [6:0]   whole_o,     // transmit: packets that are here whole

  // irq_82576: the gate of the queue's vector; what a write-back has told
  input  logic         gate_open_i,
  output logic         event_valid_o,
  output logic [6:0]   event_packets_o, // with EOP; transmit: descriptors with RS
  output logic         event_rxdmt_o,
  output logic         event_lli_o,
  output logic         idle_o,
  output logic         fetching_o, // from the request to the last beat of what it asked for

  // ring_arbiter: fetch
  input  logic         fetch_sent_i,
  input  logic         fetch_held_i,    // it has picked this ring
  input  logic [14:0]  fetch_granted_i, // then: bytes of the fetch request that have gone out
  output logic         fetch_valid_o,
  output logic [63:0]  fetch_addr_o,
  output logic [14:0]  fetch_len_o,
  output logic [7:0]   fetch_func_o,

  // ring_arbiter: write-back, and its payload
  input  logic         wb_sent_i,
  input  logic         wb_held_i,
  output logic         wb_valid_o,
  output logic [63:0]  wb_addr_o,
  output logic [14:0]  wb_len_o,
  output logic [15:0]  wb_off_o,
  output logic [7:0]   wb_func_o,
  input  logic [6:0]   pay_addr_i,
  input  logic [6:0]   pay_next_i,
  output logic [127:0] pay_o,

  // payload beats of the completions of this ring
  input  logic         cpl_valid_i,
  input  logic [63:0]  cpl_data_i
);

  localparam int unsigned ThrW = nic_82576_pkg::IGB_RXDCTL_PTHRESH_W;

  // As the 82540EM has it: fields of 6 bits, in descriptors with GRAN.
  logic [31:0] dctl, cause;

  always_comb begin
    dctl = '0;
    dctl[nic_pkg::E1000_RXDCTL_GRAN_LSB] = 1'b1;
    dctl[nic_pkg::E1000_RXDCTL_PTHRESH_LSB+:ThrW] =
        dctl_i[nic_82576_pkg::IGB_RXDCTL_PTHRESH_LSB+:ThrW];
    dctl[nic_pkg::E1000_RXDCTL_HTHRESH_LSB+:ThrW] =
        dctl_i[nic_82576_pkg::IGB_RXDCTL_HTHRESH_LSB+:ThrW];
    dctl[nic_pkg::E1000_RXDCTL_WTHRESH_LSB+:ThrW] =
        dctl_i[nic_82576_pkg::IGB_RXDCTL_WTHRESH_LSB+:ThrW];
  end

  desc_ring #(
    .Igb (1'b1)
  ) u_ring (
    .clk_i,
    .rst_ni,
    .tx_i,
    .reset_i,
    .en_i,
    .restart_i,
    .bal_i,
    .bah_i,
    .n_i             ({len_i[19:7], 3'b0}),
    .tail_i,
    .dctl_i          (dctl),
    .rdmts_i         (srrctl_i[nic_82576_pkg::IGB_SRRCTL_RDMTS_LSB+:
                               nic_82576_pkg::IGB_SRRCTL_RDMTS_W]),
    .enable_i        (dctl_i[nic_82576_pkg::IGB_RXDCTL_ENABLE_LSB]),
    .gate_open_i,
    .func_i,
    .head_wb_i       ({wbah_i, wbal_i}),
    .head_we_i,
    .head_wdata_i,
    .head_o,
    .taken_i,
    .done_i,
    .done_eop_i,
    .done_rs_i,
    .done_wb_i,
    .immediate_i     (done_lli_i),
    .filled_o,
    .desc_o,
    .desc_next_o,
    .empty_o,
    .whole_o,
    .flush_i,
    .flush_cause_i   ('0),
    .cause_o         (cause),
    .event_valid_o,
    .event_packets_o,
    .event_rxdmt_o,
    .event_lli_o,
    .idle_o,
    .fetching_o,
    .fetch_sent_i,
    .fetch_granted_i,
    .fetch_held_i,
    .fetch_valid_o,
    .fetch_addr_o,
    .fetch_len_o,
    .fetch_func_o,
    .wb_sent_i,
    .wb_held_i,
    .wb_valid_o,
    .wb_addr_o,
    .wb_len_o,
    .wb_off_o,
    .wb_func_o,
    .pay_addr_i,
    .pay_next_i,
    .pay_o,
    .cpl_valid_i,
    .cpl_data_i
  );

  logic unused;
  assign unused = ^{cause, len_i[31:20], len_i[6:0], dctl_i, srrctl_i};

endmodule
