// SPDX-License-Identifier: Apache-2.0
// The packet buffer: PbBytes in granules of GranuleBytes, RXA KiB for receive, the rest for
// transmit, each a ring of frames. Allocation of the receive side, the lists of frames of both
// sides, and who may use the memory. Twin of model/packet_buffer.c.
//
// Cycle contract (docs/cycle-contract.md, "Packet buffer"): the arriving frame takes its status
// and its first data granule in the tick that writes byte 0, one more at every 16th byte. A tick in
// which frees (p_i) are applied and then the granules of accepted frames and of this one are more
// than there are makes it a lost one: rx_lost_o from the next cycle to its verdict. A frame
// accepted in tick t is listed in t+1. Sizes follow PBA at reset.
//
// Memory: two banks, the even and the odd 64-bit words, each with one write port and one
// synchronous read port. A write goes to tx_dma, mac_rx, PBM, in this order: tx_dma writes many
// words without a gap, mac_rx one in eight cycles. That one is kept if need be, but not longer than
// two cycles (a TLP may read it three ticks behind the verdict); then, or when the next one comes,
// tx_dma waits (tx_wready_o). Words that follow one another are in different banks, so that is
// rare. A read goes to the host port, mac_tx (tx_rready_o), PBM. The host port asks for two words a
// cycle, of which one is that of the cycle before: it is kept, so that behind the first cycle of a
// TLP one bank a cycle is left over, the even and the odd one in turn. So mac_tx never waits longer
// than two cycles.
//
// Known differences: frames are stored while they arrive (C: at the verdict); transmit frames as
// they come from the host (C: finished). Both are seen through PBM only, which is not specified
// while the device works: an access then may be lost, or return anything.
module packet_buffer #(
  // 82540EM: one memory for both directions. 82576: one for each, the other side of it tied off.
  parameter int unsigned Bytes = nic_pkg::PbBytes,
  parameter int unsigned ResetKiB = // receive region at power-good
      32'(nic_pkg::E1000_PBA_RESET[nic_pkg::E1000_PBA_RXA_LSB+:7]),
  parameter int unsigned RxExtraW = 1,  // bits of an entry of the receive list beside the fields
  parameter int unsigned TxEntryW = 137 // bits of an entry of the transmit list
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         reset_i, // CTRL.RST: to the reset state in this tick
  input  logic [15:0]  pba_i,   // receive region from the next reset on, KiB: PBA.RXA

  // mac_rx: the arriving frame
  input  logic         rx_byte_i,   // a byte of it (without preamble) is written in this tick
  input  logic         rx_first_i,  // its first one
  input  logic         rx_we_i,     // a word of what is stored
  input  logic [11:0]  rx_word_i,   // its number in the frame
  input  logic [63:0]  rx_wdata_i,
  input  logic         rx_end_i,    // verdict
  input  logic         rx_accept_i, // with rx_end_i; fields of the list:
  input  logic [14:0]  rx_len_i,    // stored bytes
  input  logic [15:0]  rx_csum_i,
  input  logic [15:0]  rx_vlan_i,
  input  logic [7:0]   rx_status_i,
  input  logic [7:0]   rx_errors_i,
  input  logic [RxExtraW-1:0] rx_extra_i,
  output logic         rx_lost_o,   // it found no room

  // rx_dma: frees, and the list
  input  logic         p_i,
  input  logic [10:0]  granules_i,      // given back with p_i
  output logic [12:0]  rx_used_o,       // granules of accepted frames
  output logic [16:0]  mem_bytes_o,     // of the receive region
  output logic [11:0]  frames_o,        // accepted (free running)
  input  logic [11:0]  frames_done_i,   // taken (free running)
  output logic [15:0]  frame_start_o,   // first data byte, offset in the receive region
  output logic [14:0]  frame_len_o,
  output logic [10:0]  frame_granules_o,
  output logic [15:0]  frame_csum_o,
  output logic [15:0]  frame_vlan_o,
  output logic [7:0]   frame_status_o,
  output logic [7:0]   frame_errors_o,
  output logic [RxExtraW-1:0] frame_extra_o,
  output logic [15:0]  next_start_o,    // the frame behind it
  output logic [14:0]  next_len_o,
  output logic [RxExtraW-1:0] next_extra_o,

  // transmit region
  output logic [12:0]  tx_base_o, // its first word
  output logic [12:0]  tx_cap_o,  // granules

  // tx_dma
  input  logic         tx_we_i,
  input  logic [12:0]  tx_waddr_i, // word, from tx_base_o on
  input  logic [63:0]  tx_wdata_i,
  output logic         tx_wready_o,
  input  logic         tx_put_i,   // in the tick that counts the frame
  input  logic [TxEntryW-1:0] tx_entry_i,

  // mac_tx
  input  logic [9:0]   tx_sent_i,  // frames taken (free running)
  output logic [TxEntryW-1:0] tx_front_o,
  input  logic         tx_re_i,
  input  logic [12:0]  tx_raddr_i, // word, from the first of the memory on
  output logic         tx_rready_o,
  output logic [63:0]  tx_rdata_o, // one cycle later

  // host port: as long as pay_valid_i stays 1, pay_addr_i is the pay_next_i of the cycle before
  input  logic         pay_valid_i,
  input  logic [12:0]  pay_addr_i,
  input  logic [12:0]  pay_next_i, // in the other bank
  output logic [127:0] pay_o,      // one cycle later; pay_next_i's in the upper half

  // regs: PBM, 32-bit words
  input  logic [13:0]  pbm_addr_i,
  output logic [31:0]  pbm_rdata_o, // one cycle later
  input  logic         pbm_we_i,
  input  logic [13:0]  pbm_waddr_i,
  input  logic [31:0]  pbm_wdata_i
);

  localparam logic [12:0] Granules = 13'(Bytes / nic_pkg::GranuleBytes);
  localparam int unsigned BankWords = Bytes / (2 * nic_pkg::BeatBytes);
  localparam int unsigned RxEntryW = 75 + RxExtraW;

  logic [12:0] cap_d, cap_q;   // granules of the receive region
  logic [11:0] wr_d, wr_q;     // granule where the next frame starts
  logic [12:0] used_d, used_q; // granules of accepted frames
  logic [12:0] held_d, held_q; // granules of the arriving frame
  logic [3:0]  byte_d, byte_q; // its bytes, modulo those of a granule
  logic        lost_d, lost_q; // it found no room

  ////////////////////////
  // Receive allocation //
  ////////////////////////

  // Granules behind `at` by `n`, with wrap.
  function automatic logic [11:0] behind(input logic [11:0] at, input logic [12:0] n,
                                         input logic [12:0] cap);
    logic [12:0] sum;
    sum = 13'(at) + n;
    behind = 12'(sum >= cap ? sum - cap : sum);
  endfunction

  // Status granule and data of a frame of `len` bytes.
  function automatic logic [10:0] granules(input logic [14:0] len);
    granules = 11'd1 + 11'((16'(len) + 16'(nic_pkg::GranuleBytes - 1)) /
                           16'(nic_pkg::GranuleBytes));
  endfunction

  logic        accept;
  logic [10:0] taken;  // by the accepted frame
  logic [12:0] kept;   // granules of accepted frames behind the free of this tick
  logic [11:0] data;   // first data granule of the next frame
  logic        lost_now; // the arriving frame, as of this tick
  logic [12:0] room;     // its granules, as of this tick

  assign accept = rx_end_i && rx_accept_i;
  assign taken = granules(rx_len_i);
  assign kept = used_q - (p_i ? 13'(granules_i) : '0);
  assign data = behind(wr_q, 13'd1, cap_q);

  always_comb begin
    cap_d = cap_q;
    wr_d = wr_q;
    used_d = kept;
    held_d = held_q;
    byte_d = byte_q;
    lost_now = lost_q;

    if (rx_byte_i) begin
      if (rx_first_i) begin
        held_d = 13'd2;
        byte_d = 4'd1;
        lost_now = 1'b0;
      end else begin
        // A lost frame is not followed further.
        if (byte_q == '0 && !lost_q) held_d = held_q + 13'd1;
        byte_d = byte_q + 4'd1;
      end
    end
    if (held_d != '0 && (kept + held_d) > cap_q) lost_now = 1'b1;
    room = held_d;
    lost_d = lost_now;

    if (rx_end_i) begin
      held_d = '0;
      lost_d = 1'b0;
    end
    if (accept) begin
      used_d = kept + 13'(taken);
      wr_d = behind(wr_q, 13'(taken), cap_q);
    end

    if (reset_i) begin
      // The register can ask for more than there is.
      cap_d = Granules;
      if (pba_i < 16'(Bytes / 1024)) begin
        cap_d = 13'(pba_i * 16'(1024 / nic_pkg::GranuleBytes));
      end
      wr_d = '0;
      used_d = '0;
      held_d = '0;
      lost_d = 1'b0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cap_q <= 13'(ResetKiB * (1024 / nic_pkg::GranuleBytes));
      wr_q <= '0;
      used_q <= '0;
      held_q <= '0;
      byte_q <= '0;
      lost_q <= 1'b0;
    end else begin
      cap_q <= cap_d;
      wr_q <= wr_d;
      used_q <= used_d;
      held_q <= held_d;
      byte_q <= byte_d;
      lost_q <= lost_d;
    end
  end

  assign rx_lost_o = lost_q;
  assign rx_used_o = used_q;
  assign mem_bytes_o = 17'(cap_q) * 17'(nic_pkg::GranuleBytes);
  assign tx_base_o = 13'(14'(cap_q) * 14'(nic_pkg::GranuleBytes / nic_pkg::BeatBytes));
  assign tx_cap_o = Granules - cap_q;

  ///////////
  // Lists //
  ///////////

  logic [RxEntryW-1:0] rx_front, rx_next;
  logic [11:0]         front_granule, next_granule;
  logic [9:0]          unused_tx_count;
  logic [TxEntryW-1:0] unused_tx_next;
  logic [47:0]         unused_rx_next;

  frame_list #(
    .Width (RxEntryW),
    .Depth (nic_pkg::RxFramesMax)
  ) u_rx_list (
    .clk_i,
    .rst_ni,
    .reset_i,
    .put_i   (accept),
    .entry_i ({data, rx_len_i, rx_csum_i, rx_vlan_i, rx_status_i, rx_errors_i,
                rx_extra_i}),
    .count_o (frames_o),
    .taken_i (frames_done_i),
    .front_o (rx_front),
    .next_o  (rx_next)
  );

  frame_list #(
    .Width (TxEntryW),
    .Depth (nic_pkg::TxFramesMax)
  ) u_tx_list (
    .clk_i,
    .rst_ni,
    .reset_i,
    .put_i   (tx_put_i),
    .entry_i (tx_entry_i),
    .count_o (unused_tx_count),
    .taken_i (tx_sent_i),
    .front_o (tx_front_o),
    .next_o  (unused_tx_next)
  );

  assign {front_granule, frame_len_o, frame_csum_o, frame_vlan_o, frame_status_o,
          frame_errors_o, frame_extra_o} = rx_front;
  assign {next_granule, next_len_o, unused_rx_next, next_extra_o} = rx_next;
  assign frame_start_o = 16'(front_granule) * 16'(nic_pkg::GranuleBytes);
  assign frame_granules_o = granules(frame_len_o);
  assign next_start_o = 16'(next_granule) * 16'(nic_pkg::GranuleBytes);

  /////////////////////////
  // Memory: write ports //
  /////////////////////////

  logic        rx_we;
  logic [13:0] rx_sum, rx_words; // words of the receive region
  logic [12:0] rx_waddr, tx_waddr;
  logic [1:0]  rx_we_bank, tx_we_bank, pbm_we_bank;
  logic        kept_we_d, kept_we_q; // a word of mac_rx is kept
  logic [12:0] kept_waddr_d, kept_waddr_q, now_waddr;
  logic [63:0] kept_wdata_d, kept_wdata_q, now_wdata;
  logic [1:0]  waits_d, waits_q;     // cycles it has waited
  logic        clash, rx_waits, rx_now;

  assign rx_words = 14'(cap_q) * 14'(nic_pkg::GranuleBytes / nic_pkg::BeatBytes);
  assign rx_sum = 14'(data) * 14'(nic_pkg::GranuleBytes / nic_pkg::BeatBytes) + 14'(rx_word_i);
  assign rx_waddr = 13'(rx_sum >= rx_words ? rx_sum - rx_words : rx_sum);
  assign rx_we = rx_we_i && !lost_now;
  assign tx_waddr = tx_base_o + tx_waddr_i;

  always_comb begin
    now_waddr = kept_we_q ? kept_waddr_q : rx_waddr;
    now_wdata = kept_we_q ? kept_wdata_q : rx_wdata_i;
    clash = tx_we_i && now_waddr[0] == tx_waddr[0];
    rx_waits = (kept_we_q != rx_we) && clash && waits_q != 2'd2;
    rx_now = (kept_we_q || rx_we) && !rx_waits;
    kept_we_d = (rx_waits || (kept_we_q && rx_we)) && !reset_i;
    kept_waddr_d = (kept_we_q && !rx_we) ? kept_waddr_q : rx_waddr;
    kept_wdata_d = (kept_we_q && !rx_we) ? kept_wdata_q : rx_wdata_i;
    waits_d = rx_waits ? waits_q + 2'd1 : '0;
    for (int unsigned b = 0; b < 2; b++) begin
      rx_we_bank[b] = rx_now && now_waddr[0] == 1'(b);
      tx_we_bank[b] = tx_we_i && tx_waddr[0] == 1'(b) && !rx_we_bank[b];
      pbm_we_bank[b] = pbm_we_i && pbm_waddr_i[1] == 1'(b) && !rx_we_bank[b] && !tx_we_bank[b];
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      kept_we_q <= 1'b0;
      kept_waddr_q <= '0;
      kept_wdata_q <= '0;
      waits_q <= '0;
    end else begin
      kept_we_q <= kept_we_d;
      kept_waddr_q <= kept_waddr_d;
      kept_wdata_q <= kept_wdata_d;
      waits_q <= waits_d;
    end
  end

  assign tx_wready_o = !(rx_now && now_waddr[0] == tx_waddr[0]);

  ////////////////////////
  // Memory: read ports //
  ////////////////////////

  logic        more_d, more_q;     // the host port had a pair of words in the cycle before
  logic        first_d, first_q;   // that was the first one of a run
  logic        odd_d, odd_q;       // it began in the odd bank
  logic        tx_odd_d, tx_odd_q; // of mac_tx
  logic [1:0]  pbm_d, pbm_q;       // 32-bit word of the two banks
  logic [63:0] kept_d, kept_q;     // the upper word of the pair before
  logic [1:0]  pay_bank;           // the host port reads from the bank
  logic [23:0] raddr;              // of both banks, the even one below
  logic [127:0] rdata;             // one cycle later

  always_comb begin
    more_d = pay_valid_i;
    first_d = pay_valid_i && !more_q;
    odd_d = pay_addr_i[0];
    tx_odd_d = tx_raddr_i[0];
    pbm_d = pbm_addr_i[1:0];
    kept_d = pay_o[127:64];
    for (int unsigned b = 0; b < 2; b++) begin
      pay_bank[b] = pay_valid_i && (!more_q || pay_next_i[0] == 1'(b));
      raddr[12*b+:12] = pbm_addr_i[13:2];
      if (tx_re_i && tx_raddr_i[0] == 1'(b)) raddr[12*b+:12] = tx_raddr_i[12:1];
      if (pay_bank[b]) begin
        raddr[12*b+:12] = (pay_next_i[0] == 1'(b)) ? pay_next_i[12:1] : pay_addr_i[12:1];
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      more_q <= 1'b0;
      first_q <= 1'b0;
      odd_q <= 1'b0;
      tx_odd_q <= 1'b0;
      pbm_q <= '0;
      kept_q <= '0;
    end else begin
      more_q <= more_d;
      first_q <= first_d;
      odd_q <= odd_d;
      tx_odd_q <= tx_odd_d;
      pbm_q <= pbm_d;
      kept_q <= kept_d;
    end
  end

  assign pay_o = {odd_q ? rdata[63:0] : rdata[127:64],
                  !first_q ? kept_q : odd_q ? rdata[127:64] : rdata[63:0]};
  assign tx_rready_o = !pay_bank[tx_raddr_i[0]];
  assign tx_rdata_o = rdata[64*tx_odd_q+:64];
  assign pbm_rdata_o = rdata[32*pbm_q+:32];

  ////////////
  // Memory //
  ////////////

  // Halves of a bank are memories of their own, because PBM writes 32 bits.
  for (genvar b = 0; b < 2; b++) begin : g_bank
    logic [11:0] waddr;
    logic [63:0] wdata;
    assign waddr = rx_we_bank[b] ? now_waddr[12:1] :
                   tx_we_bank[b] ? tx_waddr[12:1] : pbm_waddr_i[13:2];
    assign wdata = rx_we_bank[b] ? now_wdata : tx_we_bank[b] ? tx_wdata_i : {2{pbm_wdata_i}};
    for (genvar h = 0; h < 2; h++) begin : g_half
      logic [31:0] mem [BankWords];
      logic [31:0] rdata_q;
      logic        we;
      assign we = rx_we_bank[b] || tx_we_bank[b] || (pbm_we_bank[b] && pbm_waddr_i[0] == 1'(h));
      always_ff @(posedge clk_i) begin
        if (we) mem[waddr] <= wdata[32*h+:32];
        rdata_q <= mem[raddr[12*b+:12]];
      end
      assign rdata[64*b+32*h+:32] = rdata_q;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  logic [12:0] next_was_q;
  always_ff @(posedge clk_i) next_was_q <= pay_next_i;

  always_ff @(posedge clk_i) begin
    if (rst_ni && !reset_i) begin
      // Nobody gives back, or takes, more than there is.
      Free_A:   assert (!p_i || 13'(granules_i) <= used_q);
      Used_A:   assert (used_d <= cap_q);
      Lost_A:   assert (!accept || !lost_now);
      Fits_A:   assert (!accept || 13'(taken) <= room);
      // A write of the arriving frame lies in its granules.
      Inside_A: assert (!rx_we || (room != '0 && 14'(rx_word_i) < 14'(room) * 14'd2 - 14'd2));
      // The host port's words.
      Pair_A:   assert (!pay_valid_i || pay_addr_i[0] != pay_next_i[0]);
      Run_A:    assert (!pay_valid_i || !more_q || pay_addr_i == next_was_q);
    end
  end
`endif

endmodule
