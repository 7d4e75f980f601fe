// SPDX-License-Identifier: Apache-2.0
// What the host port reads for rx_dma_82576: bytes of a received frame, of a frame of the switch
// with its checksums put over it, or of a tag. The packet buffer holds a frame to be sent as it came
// from the host; where the checksums belong is in the list entry. Part of what
// model/rx_dma_82576.c reads through a pointer: in the C the frame is finished when it is listed.
//
// Cycle contract: combinational from the host port to the packet buffers; their answer comes one
// cycle later, and is handed on in that cycle. What the request says is taken in the first cycle of
// a run of words and holds for all of it: a TLP is finished over a reset.
//
// Words are counted from the first of the region that they are in, and so are offsets of a request;
// here the base of the transmit region is added. A patch is two bytes, the first on the wire in bits
// 15:8; it may lie in two words, and across the end of the region. Where two overlap, tu counts.
// A tag answers any offset that is a multiple of four: it is there four times.
// Known differences: none.
module pay_patch (
  input  logic         clk_i,
  input  logic         rst_ni,

  // rx_dma_82576: of its request
  input  logic         loop_i,   // bytes of the transmit region
  input  logic [15:0]  start_i,  // first byte of the frame there, a multiple of 16
  input  logic         ip_en_i,
  input  logic [7:0]   ip_off_i, // of the frame in the packet buffer
  input  logic [15:0]  ip_val_i,
  input  logic         tu_en_i,
  input  logic [7:0]   tu_off_i,
  input  logic [15:0]  tu_val_i,
  input  logic         imm_en_i, // no bytes of a memory, but
  input  logic [31:0]  imm_i,    // these; the first in bits 7:0

  // host port: pay_valid_o of this requester, and its words
  input  logic         pay_valid_i,
  input  logic [12:0]  pay_addr_i,
  input  logic [12:0]  pay_next_i,
  output logic [127:0] pay_o,      // one cycle later

  // receive packet buffer; addresses are those of the host port
  output logic         rx_valid_o,
  input  logic [127:0] rx_pay_i,   // one cycle later

  // transmit packet buffer
  input  logic [12:0]  tx_base_i,
  input  logic [12:0]  tx_cap_i,
  output logic         tx_valid_o,
  output logic [12:0]  tx_addr_o,
  output logic [12:0]  tx_next_o,
  input  logic [127:0] tx_pay_i    // one cycle later
);

  localparam int unsigned WordBytes = nic_pkg::BeatBytes;
  localparam int unsigned WordsPerGranule = nic_pkg::GranuleBytes / nic_pkg::BeatBytes;
  localparam logic [12:0] LastWord = 13'd256 / 13'(WordBytes); // the last that a patch can lie in

  // What a request says.
  typedef struct packed {
    logic        loop;
    logic [12:0] first; // word of the region
    logic [49:0] patch; // ip and tu: enable, offset, value
    logic        imm_en;
    logic [31:0] imm;
    logic [12:0] base;
    logic [13:0] words; // of the region
  } request_t;

  request_t    now_r, held_d, held_q;
  logic        more_q;              // there was a word in the cycle before
  logic [12:0] low_d, low_q;        // which words of the frame came in the cycle before
  logic [12:0] high_d, high_q;

  //////////////////////////
  // Words asked for: now //
  //////////////////////////

  // Which word of the frame it is.
  function automatic logic [12:0] of_frame(input logic [12:0] word, input logic [12:0] first,
                                           input logic [13:0] words);
    of_frame = (word >= first) ? word - first : 13'(14'(word) + words - 14'(first));
  endfunction

  assign now_r.loop   = loop_i;
  assign now_r.first  = start_i[15:3];
  assign now_r.patch  = {ip_en_i, ip_off_i, ip_val_i, tu_en_i, tu_off_i, tu_val_i};
  assign now_r.imm_en = imm_en_i;
  assign now_r.imm    = imm_i;
  assign now_r.base   = tx_base_i;
  assign now_r.words  = 14'(tx_cap_i) * 14'(WordsPerGranule);

  assign held_d = (pay_valid_i && !more_q) ? now_r : held_q;
  assign low_d  = of_frame(pay_addr_i, held_d.first, held_d.words);
  assign high_d = of_frame(pay_next_i, held_d.first, held_d.words);

  assign rx_valid_o = pay_valid_i && !held_d.loop && !held_d.imm_en;
  assign tx_valid_o = pay_valid_i && held_d.loop && !held_d.imm_en;
  assign tx_addr_o  = held_d.base + pay_addr_i;
  assign tx_next_o  = held_d.base + pay_next_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      held_q <= '0;
      more_q <= 1'b0;
      low_q  <= '0;
      high_q <= '0;
    end else begin
      held_q <= held_d;
      more_q <= pay_valid_i;
      low_q  <= low_d;
      high_q <= high_d;
    end
  end

  ////////////////////////////////////////////
  // The words of the cycle before are here //
  ////////////////////////////////////////////

  // Word `at` of the frame with the checksums over it.
  function automatic logic [63:0] patched(input logic [63:0] word, input logic [12:0] at,
                                          input logic [49:0] patch);
    logic        ip_en, tu_en;
    logic [7:0]  ip_off, tu_off;
    logic [15:0] ip_val, tu_val;
    logic [8:0]  ip_at, tu_at; // where a byte lies in them
    {ip_en, ip_off, ip_val, tu_en, tu_off, tu_val} = patch;
    patched = word;
    for (int unsigned b = 0; b < WordBytes; b++) begin
      ip_at = {at[5:0], 3'(b)} - 9'(ip_off);
      tu_at = {at[5:0], 3'(b)} - 9'(tu_off);
      if (at <= LastWord) begin
        if (ip_en && ip_at == 9'd0) patched[8*b+:8] = ip_val[15:8];
        if (ip_en && ip_at == 9'd1) patched[8*b+:8] = ip_val[7:0];
        if (tu_en && tu_at == 9'd0) patched[8*b+:8] = tu_val[15:8];
        if (tu_en && tu_at == 9'd1) patched[8*b+:8] = tu_val[7:0];
      end
    end
  endfunction

  always_comb begin
    pay_o = rx_pay_i;
    if (held_q.loop) begin
      pay_o = {patched(tx_pay_i[127:64], high_q, held_q.patch),
               patched(tx_pay_i[63:0], low_q, held_q.patch)};
    end
    if (held_q.imm_en) pay_o = {4{held_q.imm}};
  end

  logic unused_start;
  assign unused_start = ^start_i[2:0];

endmodule
