// SPDX-License-Identifier: Apache-2.0
// What the host port reads for rx_dma_82576: bytes of a received frame, of a frame of the switch
// with its checksums put over it, or of a tag. The packet buffer holds a frame to be sent as it
// came from the host; where the checksums belong is in the list entry. Part of what
// model/rx_dma_82576.c reads through a pointer: in the C the frame is finished when it is listed.
//
// Cycle contract: combinational from the host port to the packet buffers; their answer comes one
// cycle later, and is handed on in that cycle. What the request says is taken in the first cycle of
// a run of words and holds for all of it: a TLP is finished over a reset.
//
// Words are counted from the first of the region that they are in, and so are offsets of a request;
// here the base of the transmit region is added. A patch is two bytes, the first on the wire in
// bits 15:8; it may lie in two words, and across the end of the region. Where two overlap, tu
// counts.
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

  // What a request says.
  typedef struct packed {
    logic        loop;
    logic [12:0] first; // word of the region
    logic        ip_en;
    logic [7:0]  ip_off;
    logic [15:0] ip_val;
    logic        tu_en;
    logic [7:0]  tu_off;
    logic [15:0] tu_val;
    logic        imm_en;
    logic [31:0] imm;
    logic [12:0] base;
    logic [13:0] words; // of the region
  } request_t;

  request_t    now_r, held_d, held_q;
  logic        more_q; // there was a word in the cycle before
  // For each byte of the two words: it is put over, by which byte of the patches.
  logic [3*2*WordBytes-1:0] over_d, over_q;

  //////////////////////////
  // Words asked for: now //
  //////////////////////////

  logic [12:0] low, high; // of the frame

  // Which word of the frame it is.
  function automatic logic [12:0] of_frame(input logic [12:0] word, input logic [12:0] first,
                                           input logic [13:0] words);
    of_frame = (word >= first) ? word - first : 13'(14'(word) + words - 14'(first));
  endfunction

  assign now_r.loop   = loop_i;
  assign now_r.first  = start_i[15:3];
  assign now_r.ip_en  = ip_en_i;
  assign now_r.ip_off = ip_off_i;
  assign now_r.ip_val = ip_val_i;
  assign now_r.tu_en  = tu_en_i;
  assign now_r.tu_off = tu_off_i;
  assign now_r.tu_val = tu_val_i;
  assign now_r.imm_en = imm_en_i;
  assign now_r.imm    = imm_i;
  assign now_r.base   = tx_base_i;
  assign now_r.words  = 14'(tx_cap_i) * 14'(WordsPerGranule);

  assign held_d = (pay_valid_i && !more_q) ? now_r : held_q;
  assign low    = of_frame(pay_addr_i, held_d.first, held_d.words);
  assign high   = of_frame(pay_next_i, held_d.first, held_d.words);

  // The four bytes of the patches, in their order: the later one counts. Where each belongs.
  logic [3:0]  patch_en;
  logic [35:0] patch_pos;

  assign patch_en = {{2{held_d.tu_en}}, {2{held_d.ip_en}}};
  assign patch_pos = {9'(held_d.tu_off) + 9'd1, 9'(held_d.tu_off),
                      9'(held_d.ip_off) + 9'd1, 9'(held_d.ip_off)};

  // Those that lie in a word of the frame.
  function automatic logic [3*WordBytes-1:0] over(input logic [12:0] word, input logic [3:0] en,
                                                  input logic [35:0] pos);
    over = '0;
    for (int unsigned p = 0; p < 4; p++) begin
      for (int unsigned b = 0; b < WordBytes; b++) begin
        if (en[p] && {word, 3'(b)} == 16'(pos[9*p+:9])) over[3*b+:3] = {1'b1, 2'(p)};
      end
    end
  endfunction

  assign over_d = !held_d.loop ? '0 :
                  {over(high, patch_en, patch_pos), over(low, patch_en, patch_pos)};

  assign rx_valid_o = pay_valid_i && !held_d.loop && !held_d.imm_en;
  assign tx_valid_o = pay_valid_i && held_d.loop && !held_d.imm_en;
  assign tx_addr_o  = held_d.base + pay_addr_i;
  assign tx_next_o  = held_d.base + pay_next_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      held_q <= '0;
      more_q <= 1'b0;
      over_q <= '0;
    end else begin
      held_q <= held_d;
      more_q <= pay_valid_i;
      over_q <= over_d;
    end
  end

  ////////////////////////////////////////////
  // The words of the cycle before are here //
  ////////////////////////////////////////////

  logic [31:0] value; // of the patches

  assign value = {held_q.tu_val[7:0], held_q.tu_val[15:8],
                  held_q.ip_val[7:0], held_q.ip_val[15:8]};

  always_comb begin
    pay_o = held_q.loop ? tx_pay_i : rx_pay_i;
    for (int unsigned b = 0; b < 2 * WordBytes; b++) begin
      if (over_q[3*b+2]) pay_o[8*b+:8] = value[8*over_q[3*b+:2]+:8];
    end
    if (held_q.imm_en) pay_o = {4{held_q.imm}};
  end

  logic unused_start;
  assign unused_start = ^start_i[2:0];

endmodule
