// SPDX-License-Identifier: Apache-2.0
// P5 (receive), P6 (transmit), P7 (master), P8 (frame counts): the delay timers. How it is read and
// run: docs/formal.md.
//
// All inputs are free in every cycle, registers too: what a load takes is the register as visible
// in the cycle of the event. A cycle of the monitor looks at the outputs, which tell what the tick
// before did, beside the inputs of that tick (_q). A timer is held as its age, counted upwards from
// the tick that loaded it, and the age at which it is due; the RTL counts down. "Stopped" is what
// the contract says stops a timer, as seen at the pins: a flush of its direction, a restart of the
// receive ring, a descriptor with RS and without IDE, CTRL.RST.

module timers_formal #(
  localparam int unsigned LenW = $clog2(nic_pkg::FrameMax + 1)
) (
  input logic            clk_i,
  input logic            reset_i,
  input logic            p_i,
  input logic [LenW-1:0] p_len_i,
  input logic            w_i,
  input logic            w_ide_i,
  input logic            w_rs_i,
  input logic            restart_rx_i,
  input logic [15:0]     rdtr_i,
  input logic [15:0]     radv_i,
  input logic [11:0]     rsrpd_i,
  input logic [15:0]     rxframes_i,
  input logic [15:0]     tidv_i,
  input logic [15:0]     tadv_i,
  input logic [15:0]     txframes_i,
  input logic [2:0]      mtctl_i,
  input logic [15:0]     mtdly_i,
  input logic            csr_valid_i,
  input logic            csr_write_i,
  input logic [15:0]     csr_id_i,
  input logic [31:0]     csr_wdata_i
);

  localparam int unsigned Unit = nic_pkg::TimerUnitCyc;
  localparam int unsigned CntW = $clog2(32'hFFFF * Unit + 1);
  localparam int unsigned AgeW = CntW + 1;

  // Bits of fired_o.
  localparam int unsigned FiredPt       = 0;
  localparam int unsigned FiredAt       = 1;
  localparam int unsigned FiredTidv     = 2;
  localparam int unsigned FiredTadv     = 3;
  localparam int unsigned FiredMaster   = 4;
  localparam int unsigned FiredRxframes = 5;
  localparam int unsigned FiredTxframes = 6;
  localparam int unsigned FiredSrpd     = 7;
  localparam int unsigned FiredFlush    = 8;

  logic       rst_n;
  logic       rx_flush_o, rx_srpd_o, tx_flush_o;
  logic [8:0] fired_o;

  // Merged with the signals of the instance when the design is flattened.
  (* hierconn *) wire [CntW-1:0] \dut.pt_q ;
  (* hierconn *) wire [CntW-1:0] \dut.at_q ;
  (* hierconn *) wire [CntW-1:0] \dut.tidv_q ;
  (* hierconn *) wire [CntW-1:0] \dut.tadv_q ;
  (* hierconn *) wire [CntW-1:0] \dut.mt_q ;
  (* hierconn *) wire [15:0]     \dut.rxf_q ;
  (* hierconn *) wire [15:0]     \dut.txf_q ;

  timers dut (
    .clk_i,
    .rst_ni (rst_n),
    .reset_i,
    .p_i,
    .p_len_i,
    .w_i,
    .w_ide_i,
    .w_rs_i,
    .restart_rx_i,
    .rdtr_i,
    .radv_i,
    .rsrpd_i,
    .rxframes_i,
    .tidv_i,
    .tadv_i,
    .txframes_i,
    .mtctl_i,
    .mtdly_i,
    .csr_valid_i,
    .csr_write_i,
    .csr_id_i,
    .csr_wdata_i,
    .rx_flush_o,
    .rx_srpd_o,
    .tx_flush_o,
    .fired_o
  );

  // Power-good comes behind the first cycle.
  initial rst_n = 1'b0;
  always_ff @(posedge clk_i) rst_n <= 1'b1;

  /////////////////////////////////
  // Monitor: inputs of the tick //
  /////////////////////////////////

  logic        reset_q, restart_q, p_q, small_q, w_q, ide_q, rs_q;
  logic [15:0] rdtr_q, radv_q, tidv_q, tadv_q, mtdly_q, rxframes_q, txframes_q;
  logic [2:0]  mtctl_q;
  logic        write_0;
  logic        zero_rdtr_q, zero_radv_q, zero_tidv_q, zero_tadv_q, zero_mtdly_q, mt_off_q, fpd_q;
  logic        zero_rxframes_q, zero_txframes_q;

  assign write_0 = csr_valid_i && csr_write_i && csr_wdata_i[15:0] == '0;

  always_ff @(posedge clk_i) begin
    reset_q      <= reset_i || !rst_n;
    restart_q    <= restart_rx_i;
    p_q          <= p_i;
    small_q      <= rsrpd_i != '0 && p_len_i <= LenW'(rsrpd_i);
    w_q          <= w_i;
    ide_q        <= w_ide_i;
    rs_q         <= w_rs_i;
    rdtr_q       <= rdtr_i;
    radv_q       <= radv_i;
    tidv_q       <= tidv_i;
    tadv_q       <= tadv_i;
    rxframes_q   <= rxframes_i;
    txframes_q   <= txframes_i;
    mtctl_q      <= mtctl_i;
    mtdly_q      <= mtdly_i;
    zero_rdtr_q  <= write_0 && csr_id_i == 16'(nic_pkg::E1000_R_RDTR);
    zero_radv_q  <= write_0 && csr_id_i == 16'(nic_pkg::E1000_R_RADV);
    zero_tidv_q  <= write_0 && csr_id_i == 16'(nic_pkg::E1000_R_TIDV);
    zero_tadv_q  <= write_0 && csr_id_i == 16'(nic_pkg::E1000_R_TADV);
    zero_mtdly_q <= write_0 && csr_id_i == 16'(nic_pkg::E1000_R_MTDLY);
    zero_rxframes_q <= write_0 && csr_id_i == 16'(nic_pkg::E1000_R_RXFRAMES);
    zero_txframes_q <= write_0 && csr_id_i == 16'(nic_pkg::E1000_R_TXFRAMES);
    mt_off_q     <= csr_valid_i && csr_write_i && csr_id_i == 16'(nic_pkg::E1000_R_MTCTL) &&
                    !csr_wdata_i[nic_pkg::E1000_MTCTL_EN_LSB];
    fpd_q        <= csr_valid_i && csr_write_i && csr_id_i == 16'(nic_pkg::E1000_R_RDTR) &&
                    csr_wdata_i[nic_pkg::E1000_RDTR_FPD_LSB];
  end

  function automatic logic [AgeW-1:0] cycles(input logic [15:0] units);
    cycles = units == '0 ? AgeW'(1) : AgeW'(32'(units) * Unit);
  endfunction

  // _q: as the tick before the last left it, the age being that in the last tick.
  // _d: as the last tick left it.
  logic            pt_on_d, pt_on_q, at_on_d, at_on_q, tidv_on_d, tidv_on_q, tadv_on_d, tadv_on_q;
  logic            mt_on_d, mt_on_q;
  logic [AgeW-1:0] pt_age_d, pt_age_q, at_age_d, at_age_q, tidv_age_d, tidv_age_q;
  logic [AgeW-1:0] tadv_age_d, tadv_age_q, mt_age_d, mt_age_q;
  logic [AgeW-1:0] pt_due_d, pt_due_q, at_due_d, at_due_q, tidv_due_d, tidv_due_q;
  logic [AgeW-1:0] tadv_due_d, tadv_due_q, mt_due_d, mt_due_q;

  //////////////////////
  // Monitor: receive //
  //////////////////////

  logic pt_exp, at_exp;   // due in the last tick
  logic rx_ends;          // a flush of step 1 or 2: what runs behind it was started by P
  logic rx_fold, rx_load; // folded by the master; P loaded the packet timer
  logic at_kept;
  // The packets that wait for an interrupt: since the first of them, and its bound (0 = none).
  logic            late_on_d, late_on_q;
  logic [AgeW-1:0] late_age_d, late_age_q, late_due_d, late_due_q;

  assign pt_exp  = pt_on_q && !restart_q && (pt_age_q == pt_due_q || zero_rdtr_q);
  assign at_exp  = at_on_q && !restart_q && (at_age_q == at_due_q || zero_radv_q);
  assign rx_ends = pt_exp || at_exp || fpd_q;
  assign rx_fold = rx_flush_o && !rx_ends && !fired_o[FiredSrpd] && !fired_o[FiredRxframes];
  assign rx_load = p_q && rdtr_q != '0 && !small_q && !fired_o[FiredRxframes] && !rx_fold;
  assign at_kept = at_on_q && !restart_q && !rx_ends;

  always_comb begin
    pt_on_d    = pt_on_q && !restart_q && !rx_flush_o;
    pt_age_d   = pt_age_q + AgeW'(1);
    pt_due_d   = pt_due_q;
    at_on_d    = at_on_q && !restart_q && !rx_flush_o;
    at_age_d   = at_age_q + AgeW'(1);
    at_due_d   = at_due_q;
    late_on_d  = late_on_q && !restart_q && !rx_flush_o;
    late_age_d = late_age_q + AgeW'(1);
    late_due_d = late_due_q;
    if (rx_load) begin
      if (!late_on_d) begin
        late_age_d = AgeW'(1);
        late_due_d = radv_q == '0 ? '0 : cycles(radv_q);
      end
      late_on_d = 1'b1;
      pt_on_d   = 1'b1;
      pt_age_d  = AgeW'(1);
      pt_due_d  = cycles(rdtr_q);
      if (radv_q != '0 && !at_kept) begin
        at_on_d  = 1'b1;
        at_age_d = AgeW'(1);
        at_due_d = cycles(radv_q);
      end
    end
    if (reset_q) begin
      pt_on_d   = 1'b0;
      at_on_d   = 1'b0;
      late_on_d = 1'b0;
    end
  end

  ///////////////////////
  // Monitor: transmit //
  ///////////////////////

  logic tidv_exp, tadv_exp;
  logic tidv_kept, tadv_kept; // runs before W
  logic tx_fold, tx_load, tx_again, tx_stop;

  assign tidv_exp  = tidv_on_q && (tidv_age_q == tidv_due_q || zero_tidv_q);
  assign tadv_exp  = tadv_on_q && (tadv_age_q == tadv_due_q || zero_tadv_q);
  assign tidv_kept = tidv_on_q && !tidv_exp && !tadv_exp;
  assign tadv_kept = tadv_on_q && !tidv_exp && !tadv_exp;
  assign tx_fold   = tx_flush_o && !tidv_exp && !tadv_exp && !fired_o[FiredTxframes];
  assign tx_stop   = w_q && rs_q && !ide_q;
  assign tx_load   = w_q && rs_q && ide_q && tidv_q != '0 && !fired_o[FiredTxframes] && !tx_fold;
  assign tx_again  = w_q && !rs_q && ide_q && tidv_kept && !tx_fold;

  always_comb begin
    tidv_on_d  = tidv_kept && !tx_flush_o && !tx_stop;
    tidv_age_d = tidv_age_q + AgeW'(1);
    tidv_due_d = tidv_due_q;
    tadv_on_d  = tadv_kept && !tx_flush_o && !tx_stop;
    tadv_age_d = tadv_age_q + AgeW'(1);
    tadv_due_d = tadv_due_q;
    if (tx_load || tx_again) begin
      tidv_on_d  = 1'b1;
      tidv_age_d = AgeW'(1);
      tidv_due_d = cycles(tidv_q);
    end
    if (tx_load && tadv_q != '0 && !tadv_kept) begin
      tadv_on_d  = 1'b1;
      tadv_age_d = AgeW'(1);
      tadv_due_d = cycles(tadv_q);
    end
    // TIDV and TXFRAMES 0: the ring raises TXDW now.
    if (w_q && rs_q && ide_q && tidv_q == '0 && txframes_q == '0) tadv_on_d = 1'b0;
    if (reset_q) begin
      tidv_on_d = 1'b0;
      tadv_on_d = 1'b0;
    end
  end

  /////////////////////
  // Monitor: master //
  /////////////////////

  logic mt_exp, master, fire, fold_rx, fold_tx;

  assign fold_rx = mtctl_q[nic_pkg::E1000_MTCTL_FOLD_RX_LSB];
  assign fold_tx = mtctl_q[nic_pkg::E1000_MTCTL_FOLD_TX_LSB];
  assign mt_exp = mt_on_q && !mt_off_q && (mt_age_q == mt_due_q || zero_mtdly_q);
  assign master = mtctl_q[nic_pkg::E1000_MTCTL_EN_LSB];
  assign fire   = fired_o[FiredPt] || fired_o[FiredAt] || fired_o[FiredTidv] ||
                  fired_o[FiredTadv] || fired_o[FiredMaster] ||
                  fired_o[FiredRxframes] || fired_o[FiredTxframes];

  always_comb begin
    mt_on_d  = mt_on_q && !mt_off_q && !mt_exp && !(master && fire);
    mt_age_d = mt_age_q + AgeW'(1);
    mt_due_d = mt_due_q;
    if (master && mtdly_q != '0 && (pt_on_d || tidv_on_d) && !mt_on_d) begin
      mt_on_d  = 1'b1;
      mt_age_d = AgeW'(1);
      mt_due_d = cycles(mtdly_q);
    end
    if (reset_q) mt_on_d = 1'b0;
  end

  ///////////////////////////
  // Monitor: frame counts //
  ///////////////////////////

  // Since the last flush of the direction. A bit wider than the RTL's: they do not wrap with it.
  logic        rx_full, tx_full;
  logic        tx_counts;
  logic [16:0] rxf_d, rxf_q, rxf, txf_d, txf_q, txf; // without suffix: before this tick's P (W)

  assign tx_counts = w_q && rs_q && ide_q;
  assign rxf       = rx_ends || restart_q || zero_rxframes_q ? '0 : rxf_q;
  assign txf       = tidv_exp || tadv_exp || zero_txframes_q ? '0 : txf_q;
  assign rx_full   = p_q && !small_q && rxframes_q != '0 && rxf + 17'd1 >= 17'(rxframes_q);
  assign tx_full   = tx_counts && txframes_q != '0 && txf + 17'd1 >= 17'(txframes_q);

  always_comb begin
    rxf_d = rxf;
    txf_d = txf;
    if (p_q && rxframes_q != '0) rxf_d = rxf + 17'd1;
    if (tx_counts && txframes_q != '0) txf_d = txf + 17'd1;
    if (rx_full || rx_fold || (p_q && small_q)) rxf_d = '0;
    if (tx_full || tx_fold || tx_stop) txf_d = '0;
    if (reset_q) begin
      rxf_d = '0;
      txf_d = '0;
    end
  end

  always_ff @(posedge clk_i) begin
    pt_on_q    <= pt_on_d && rst_n;
    at_on_q    <= at_on_d && rst_n;
    late_on_q  <= late_on_d && rst_n;
    tidv_on_q  <= tidv_on_d && rst_n;
    tadv_on_q  <= tadv_on_d && rst_n;
    mt_on_q    <= mt_on_d && rst_n;
    rxf_q      <= rst_n ? rxf_d : '0;
    txf_q      <= rst_n ? txf_d : '0;
    pt_age_q   <= pt_age_d;
    at_age_q   <= at_age_d;
    late_age_q <= late_age_d;
    tidv_age_q <= tidv_age_d;
    tadv_age_q <= tadv_age_d;
    mt_age_q   <= mt_age_d;
    pt_due_q   <= pt_due_d;
    at_due_q   <= at_due_d;
    late_due_q <= late_due_d;
    tidv_due_q <= tidv_due_d;
    tadv_due_q <= tadv_due_d;
    mt_due_q   <= mt_due_d;
  end

  ////////////////
  // Properties //
  ////////////////

  always_comb begin
    if (rst_n && !reset_q) begin
      // The packet timer expires in the tick in which it is due, in no other, and is heard.
      P5Packet_A:   assert (fired_o[FiredPt] == pt_exp);
      // So does the absolute timer; its age counts from the first packet.
      P5Absolute_A: assert (fired_o[FiredAt] == at_exp);
      P5Heard_A:    assert (!(pt_exp || at_exp) || rx_flush_o);
      // Expiry and P in one tick: fired, and started again by P. (A small packet and a full count
      // flush once more and start nothing.)
      if (pt_exp && p_q && rdtr_q != '0 && !small_q && !fired_o[FiredRxframes]) begin
        P5Both_A: assert (fired_o[FiredPt] && rx_flush_o &&
                          AgeW'(\dut.pt_q ) == cycles(rdtr_q));
      end
      // A packet that waits is waited for by a timer ...
      if (p_q && rdtr_q != '0) begin
        P5Waits_A:  assert (rx_flush_o || \dut.pt_q != '0);
      end
      if (late_on_d) begin
        P5Still_A:  assert (\dut.pt_q != '0);
      end
      // ... and with RADV not longer than that says, whatever comes behind.
      if (late_on_q && late_due_q != '0 && late_age_q == late_due_q) begin
        P5Late_A:   assert (rx_flush_o || restart_q);
      end

      P6Tidv_A:  assert (fired_o[FiredTidv] == tidv_exp);
      P6Tadv_A:  assert (fired_o[FiredTadv] == tadv_exp);
      P6Heard_A: assert (!(tidv_exp || tadv_exp) || tx_flush_o);
      if (w_q && ide_q && rs_q && tidv_q != '0) begin
        P6Waits_A: assert (tx_flush_o || \dut.tidv_q != '0);
      end

      P7Master_A: assert (fired_o[FiredMaster] == mt_exp);
      // What ran before this tick's P and W is folded in.
      if (master && fire && fold_rx && pt_on_q && !restart_q) begin
        P7FoldRx_A: assert (rx_flush_o);
      end
      if (master && fire && fold_tx && tidv_on_q && !tx_stop) begin
        P7FoldTx_A: assert (tx_flush_o);
      end
      // And nobody else is: a flush has one of these reasons.
      if (rx_fold && !(p_q && rdtr_q == '0)) begin
        P7OnlyRx_A: assert (master && fire && fold_rx && pt_on_q);
      end
      if (tx_fold) begin
        P7OnlyTx_A: assert (master && fire && fold_tx && tidv_on_q);
      end

      // The count that is full fires at once, in the tick of its last frame, and in no other.
      P8Rx_A: assert (fired_o[FiredRxframes] == rx_full && (!rx_full || rx_flush_o));
      P8Tx_A: assert (fired_o[FiredTxframes] == tx_full && (!tx_full || tx_flush_o));
      P8Small_A: assert (fired_o[FiredSrpd] == (p_q && small_q));
    end
  end

  ////////////////
  // Invariants //
  ////////////////

  // deadline = loaded + due; the RTL holds deadline - now + 1, the monitor now - loaded.
  function automatic logic equal(input logic [CntW-1:0] cnt, input logic on,
                                 input logic [AgeW-1:0] age, input logic [AgeW-1:0] due);
    equal = on ? cnt != '0 && AgeW'(cnt) + age == due + AgeW'(1) && age <= due : cnt == '0;
  endfunction

  always_comb begin
    if (rst_n) begin
      InvPt_A:    assert (equal(\dut.pt_q , pt_on_d, pt_age_d, pt_due_d));
      InvAt_A:    assert (equal(\dut.at_q , at_on_d, at_age_d, at_due_d));
      InvTidv_A:  assert (equal(\dut.tidv_q , tidv_on_d, tidv_age_d, tidv_due_d));
      InvTadv_A:  assert (equal(\dut.tadv_q , tadv_on_d, tadv_age_d, tadv_due_d));
      InvMt_A:    assert (equal(\dut.mt_q , mt_on_d, mt_age_d, mt_due_d));
      InvRxf_A:   assert (17'(\dut.rxf_q ) == rxf_d);
      InvTxf_A:   assert (17'(\dut.txf_q ) == txf_d);
      InvOrder_A: assert ((pt_on_d || !at_on_d) && (tidv_on_d || !tadv_on_d) &&
                          pt_on_d == late_on_d);
      if (late_on_d && late_due_d != '0) begin
        InvLate_A: assert (at_on_d && at_age_d == late_age_d && at_due_d == late_due_d);
      end
    end
  end

  // Must be found false: these situations exist.
  always_comb begin
    if (rst_n && !reset_q) begin
      R5Packet_A:   assert (!(fired_o[FiredPt] && !zero_rdtr_q && pt_due_q > AgeW'(1)));
      R5Absolute_A: assert (!(fired_o[FiredAt] && !fired_o[FiredPt] && !zero_radv_q));
      R5Both_A:     assert (!(pt_exp && !zero_rdtr_q && rx_load));
      R6Tadv_A:     assert (!(fired_o[FiredTadv] && !fired_o[FiredTidv] && !zero_tadv_q));
      R8Rx_A:       assert (!(rx_full && rxframes_q > 16'd2));
      R7Fold_A:     assert (!(rx_fold && rx_flush_o && fired_o[FiredMaster] && !zero_mtdly_q));
    end
  end

endmodule
