// SPDX-License-Identifier: Apache-2.0
// Statistics: 32-bit counters that stick at FFFFFFFFh and clear when read, and 64-bit pairs that
// stick at all ones and clear when the high half is read. Twin of model/stats.c; what a frame
// counts as is in model/stats.h.
//
// Cycle contract: an event or a read visible in cycle c acts in tick c, the new values are visible
// in c+1. A read returns the value as of cycle c and clears first: the events of the same tick, of
// all sources in any combination, count behind the clear.
//
// The counters are flops on purpose, not a RAM: one tick may change a dozen of them, and a read is
// exact. Those that no event of this device counts (collisions, management, ...) stay 0 and vanish
// in synthesis.
// Known differences: none.

module stats #(
  localparam int unsigned LenW        = $clog2(nic_pkg::FrameMax + 1),
  // Bits of rx_flags_i and tx_flags_i. tx has the first four only.
  localparam int unsigned Bcast       = nic_pkg::STATS_BCAST_LSB,
  localparam int unsigned Mcast       = nic_pkg::STATS_MCAST_LSB,
  localparam int unsigned Xon         = nic_pkg::STATS_XON_LSB,
  localparam int unsigned Xoff        = nic_pkg::STATS_XOFF_LSB,
  localparam int unsigned Lpe         = nic_pkg::STATS_LPE_LSB,
  localparam int unsigned Unsupported = nic_pkg::STATS_UNSUPPORTED_LSB,
  localparam int unsigned CrcErr      = nic_pkg::STATS_CRC_ERR_LSB,
  localparam int unsigned RxErr       = nic_pkg::STATS_RX_ERR_LSB,
  localparam int unsigned Missed      = nic_pkg::STATS_MISSED_LSB,
  localparam int unsigned Discarded   = nic_pkg::STATS_DISCARDED_LSB,
  localparam int unsigned TooLong     = nic_pkg::STATS_TOO_LONG_LSB,
  localparam int unsigned FlagsW      = nic_pkg::STATS_W
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              reset_i, // CTRL.RST: to the reset state in this tick

  // register bus, and to regs (reads) the value of register csr_id_i, 0 if it is none of these
  input  logic              csr_valid_i,
  input  logic              csr_write_i,
  input  logic [15:0]       csr_id_i,
  output logic [31:0]       rdata_o,

  // from mac_rx: a frame ended; its length from DA to CRC
  input  logic              rx_valid_i,
  input  logic [LenW-1:0]   rx_len_i,
  input  logic [FlagsW-1:0] rx_flags_i,

  // from mac_tx: a frame was sent while TCTL.EN=1
  input  logic              tx_valid_i,
  input  logic [LenW-1:0]   tx_len_i,
  input  logic [FlagsW-1:0] tx_flags_i,

  // from rx_dma: a frame waits and there is no descriptor
  input  logic              rnbc_i,

  // from tx_dma: a segmentation context was used up, or failed
  input  logic              tsc_i,
  input  logic              tsc_bad_i
);

  // Counters have the numbers of their registers.
  localparam int unsigned First = nic_pkg::E1000_R_CRCERRS;
  localparam int unsigned Last  = nic_pkg::E1000_R_TSCTFC;
  localparam int unsigned Count = Last - First + 1;
  localparam int unsigned IxW   = $clog2(Count);

  // The lowest bit in count_q of each pair: low half, then high half.
  localparam int unsigned Gor = 32 * (nic_pkg::E1000_R_GORCL - First);
  localparam int unsigned Got = 32 * (nic_pkg::E1000_R_GOTCL - First);
  localparam int unsigned Tor = 32 * (nic_pkg::E1000_R_TORL - First);
  localparam int unsigned Tot = 32 * (nic_pkg::E1000_R_TOTL - First);

  // Size bins are counters in a row: 64, 65-127, 128-255, 256-511, 512-1023, 1024 and more.
  localparam int unsigned Bins = nic_pkg::E1000_R_PRC1522 - nic_pkg::E1000_R_PRC64 + 1;

  logic [32*Count-1:0] count_d, count_q;

  ////////////////////////
  // Outputs from state //
  ////////////////////////

  logic           mine; // csr_id_i is a register of this module
  logic [IxW-1:0] ix;

  assign mine    = csr_id_i >= 16'(First) && csr_id_i <= 16'(Last);
  assign ix      = mine ? IxW'(csr_id_i - 16'(First)) : '0;
  assign rdata_o = mine ? count_q[32*ix +: 32] : '0;

  ////////////
  // Events //
  ////////////

  // The bin of a frame of at least FrameMin bytes, one-hot.
  function automatic logic [Bins-1:0] bin(input logic [LenW-1:0] len);
    bin = Bins'(1);
    if (len > LenW'(nic_pkg::FrameMin)) begin
      bin = Bins'(2);
      for (int unsigned i = 2; i < Bins; i++) begin
        if (len >= LenW'(nic_pkg::FrameMin << (i - 1))) bin = Bins'(1 << i);
      end
    end
  endfunction

  logic [LenW-1:0] rx_max;   // longest legal frame
  logic            rx_bad;   // wrong on the wire
  logic            rx_short;
  logic            rx_long;
  logic            rx_whole; // none of these
  logic            rx_pause;
  logic            rx_good;  // a good packet in the words of the counters
  logic            tx_pause;
  logic            tx_data;  // a frame, and not a PAUSE
  logic            tx_good;
  logic [Last:First] inc;    // these count one more

  assign rx_max   = rx_flags_i[Lpe] ? LenW'(nic_pkg::FrameMax) : LenW'(nic_pkg::FrameMaxStd);
  assign rx_bad   = rx_flags_i[CrcErr] || rx_flags_i[RxErr];
  assign rx_short = rx_len_i < LenW'(nic_pkg::FrameMin);
  assign rx_long  = rx_len_i > rx_max || (!rx_short && rx_flags_i[TooLong]);
  assign rx_whole = rx_valid_i && !rx_bad && !rx_short && !rx_long;
  assign rx_pause = rx_flags_i[Xon] || rx_flags_i[Xoff];
  assign rx_good  = rx_whole && !rx_pause && !rx_flags_i[Missed] && !rx_flags_i[Discarded];
  assign tx_pause = tx_flags_i[Xon] || tx_flags_i[Xoff];
  assign tx_data  = tx_valid_i && !tx_pause;
  assign tx_good  = tx_data && tx_len_i >= LenW'(nic_pkg::FrameMin);

  always_comb begin
    inc = '0;
    inc[nic_pkg::E1000_R_TPR]     = rx_valid_i;
    inc[nic_pkg::E1000_R_MPC]     = rx_valid_i && rx_flags_i[Missed];
    inc[nic_pkg::E1000_R_RLEC]    = rx_valid_i && (rx_short || rx_long);
    inc[nic_pkg::E1000_R_RUC]     = rx_valid_i && rx_short && !rx_bad;
    inc[nic_pkg::E1000_R_RFC]     = rx_valid_i && rx_short && rx_bad;
    inc[nic_pkg::E1000_R_ROC]     = rx_valid_i && rx_long && !rx_bad;
    inc[nic_pkg::E1000_R_RJC]     = rx_valid_i && rx_long && rx_bad;
    inc[nic_pkg::E1000_R_CRCERRS] = rx_valid_i && !rx_short && rx_flags_i[CrcErr];
    inc[nic_pkg::E1000_R_RXERRC]  = rx_valid_i && !rx_short && rx_flags_i[RxErr];
    inc[nic_pkg::E1000_R_XONRXC]  = rx_whole && rx_flags_i[Xon];
    inc[nic_pkg::E1000_R_XOFFRXC] = rx_whole && rx_flags_i[Xoff] && !rx_flags_i[Xon];
    inc[nic_pkg::E1000_R_FCRUC]   = rx_whole && !rx_pause && rx_flags_i[Unsupported];
    inc[nic_pkg::E1000_R_GPRC]    = rx_good;
    inc[nic_pkg::E1000_R_BPRC]    = rx_good && rx_flags_i[Bcast];
    inc[nic_pkg::E1000_R_MPRC]    = rx_good && rx_flags_i[Mcast];
    inc[nic_pkg::E1000_R_PRC64 +: Bins] = rx_good ? bin(rx_len_i) : '0;

    inc[nic_pkg::E1000_R_TPT]     = tx_valid_i;
    inc[nic_pkg::E1000_R_XONTXC]  = tx_valid_i && tx_flags_i[Xon];
    inc[nic_pkg::E1000_R_XOFFTXC] = tx_valid_i && tx_flags_i[Xoff] && !tx_flags_i[Xon];
    inc[nic_pkg::E1000_R_BPTC]    = tx_data && tx_flags_i[Bcast];
    inc[nic_pkg::E1000_R_MPTC]    = tx_data && tx_flags_i[Mcast];
    inc[nic_pkg::E1000_R_GPTC]    = tx_good;
    inc[nic_pkg::E1000_R_PTC64 +: Bins] = tx_good ? bin(tx_len_i) : '0;

    inc[nic_pkg::E1000_R_RNBC]    = rnbc_i;
    inc[nic_pkg::E1000_R_TSCTC]   = tsc_i && !tsc_bad_i;
    inc[nic_pkg::E1000_R_TSCTFC]  = tsc_i && tsc_bad_i;
  end

  logic unused_tx_flags;
  assign unused_tx_flags = ^tx_flags_i[FlagsW-1:Xoff+1];

  ////////////////
  // Next state //
  ////////////////

  function automatic logic [63:0] sum(input logic [63:0] pair, input logic [LenW-1:0] octets);
    logic [64:0] s;
    s   = 65'(pair) + 65'(octets);
    sum = s[64] ? '1 : s[63:0];
  endfunction

  logic [Last:First] clear;  // these start at 0
  logic              read;   // of the register bus, and ours
  logic              active; // something may change
  logic [31:0]       kept;

  assign read   = csr_valid_i && !csr_write_i && mine;
  assign active = read || rx_valid_i || tx_valid_i || rnbc_i || tsc_i;

  always_comb begin
    // 1. the read: a high half clears both, a low half nothing
    clear = '0;
    if (read) clear[First + 32'(ix)] = 1'b1;
    clear[nic_pkg::E1000_R_GORCL] = clear[nic_pkg::E1000_R_GORCH];
    clear[nic_pkg::E1000_R_GOTCL] = clear[nic_pkg::E1000_R_GOTCH];
    clear[nic_pkg::E1000_R_TORL]  = clear[nic_pkg::E1000_R_TORH];
    clear[nic_pkg::E1000_R_TOTL]  = clear[nic_pkg::E1000_R_TOTH];

    // 2. counters; pairs are only cleared
    count_d = count_q;
    kept    = '0;
    if (active) begin
      for (int unsigned i = First; i <= Last; i++) begin
        kept = clear[i] ? '0 : count_q[32*(i-First) +: 32];
        count_d[32*(i-First) +: 32] = inc[i] && kept != '1 ? kept + 32'd1 : kept;
      end

      // 3. pairs
      if (rx_valid_i) count_d[Tor +: 64] = sum(count_d[Tor +: 64], rx_len_i);
      if (rx_good)    count_d[Gor +: 64] = sum(count_d[Gor +: 64], rx_len_i);
      if (tx_valid_i) count_d[Tot +: 64] = sum(count_d[Tot +: 64], tx_len_i);
      if (tx_good)    count_d[Got +: 64] = sum(count_d[Got +: 64], tx_len_i);
    end
  end

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
    end else if (reset_i) begin
      count_q <= '0;
    end else begin
      count_q <= count_d;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && !reset_i) begin
      // A good frame is in one bin, and in all frames.
      RxBin_A: assert ($countones(inc[nic_pkg::E1000_R_PRC64 +: Bins]) == 32'(rx_good));
      TxBin_A: assert ($countones(inc[nic_pkg::E1000_R_PTC64 +: Bins]) == 32'(tx_good));
      // Halves of pairs are added to, not counted.
      Pairs_A: assert ({inc[nic_pkg::E1000_R_GORCL +: 4], inc[nic_pkg::E1000_R_TORL +: 4]} == '0);
    end
  end
`endif

endmodule
