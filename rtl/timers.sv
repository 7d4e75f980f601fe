// SPDX-License-Identifier: Apache-2.0
// Packet, absolute and master timers and frame counters, receive and transmit. Twin of
// model/timers.c.
//
// Inputs P (a packet is completely in host memory) and W (a transmit descriptor is ready for
// write-back). Output: flush pulses to the descriptor rings, which write back what is pending and
// then raise RXT0 (TXDW).
// Cycle contract: an event visible in cycle c acts in tick c; a flush is visible in c+1. A delay of
// D units loaded in tick c expires in tick c + D * TimerUnitCyc. Order within a tick: register
// writes, expiry, P and W, master folding.
// Difference in form: the C holds a timer as the cycle of its expiry. Here it counts down,
// prescaler included, which restarts with each load: in cycle n it is expiry - n + 1; 1 expires in
// this tick, 0 = idle.
// Known differences: none.

module timers #(
  localparam int unsigned LenW = $clog2(nic_pkg::FrameMax + 1),
  localparam int unsigned FiredW = nic_pkg::NIC_TIMER_W
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic            reset_i, // CTRL.RST: to the reset state in this tick

  // from rx_dma: P and its stored length
  input  logic            p_i,
  input  logic [LenW-1:0] p_len_i,

  // from tx_dma: W with IDE and RS of its descriptor
  input  logic            w_i,
  input  logic            w_ide_i,
  input  logic            w_rs_i,

  // receive ring restarted: RCTL.EN rose, or RDH, RDBAL, RDBAH or RDLEN written
  input  logic            restart_rx_i,

  // from regs
  input  logic [15:0]     rdtr_i,
  input  logic [15:0]     radv_i,
  input  logic [11:0]     rsrpd_i,
  input  logic [15:0]     rxframes_i,
  input  logic [15:0]     tidv_i,
  input  logic [15:0]     tadv_i,
  input  logic [15:0]     txframes_i,
  input  logic [2:0]      mtctl_i,
  input  logic [15:0]     mtdly_i,

  // register bus
  input  logic            csr_valid_i,
  input  logic            csr_write_i,
  input  logic [15:0]     csr_id_i,
  input  logic [31:0]     csr_wdata_i,

  // to the rings
  output logic            rx_flush_o,
  output logic            rx_srpd_o, // the last receive flush was for a small packet
  output logic            tx_flush_o,

  // to meters: what fired in the tick before, bits NIC_TIMER_*
  output logic [FiredW-1:0] fired_o
);

  localparam int unsigned CntW = $clog2(32'hFFFF * nic_pkg::TimerUnitCyc + 1);

  logic [CntW-1:0] pt_d, pt_q;     // RDTR
  logic [CntW-1:0] at_d, at_q;     // RADV
  logic [CntW-1:0] tidv_d, tidv_q;
  logic [CntW-1:0] tadv_d, tadv_q;
  logic [CntW-1:0] mt_d, mt_q;     // MTDLY
  logic [15:0]     rxf_d, rxf_q;   // P events since the last RXT0; below RXFRAMES: cannot wrap
  logic [15:0]     txf_d, txf_q;   // W events with IDE since the last TXDW
  logic            rx_flush_d, rx_flush_q;
  logic            tx_flush_d, tx_flush_q;
  logic            rx_srpd_d, rx_srpd_q;
  logic [FiredW-1:0] fired_d, fired_q;

  ////////////////////////
  // Outputs from state //
  ////////////////////////

  assign rx_flush_o = rx_flush_q;
  assign rx_srpd_o  = rx_srpd_q;
  assign tx_flush_o = tx_flush_q;
  assign fired_o    = fired_q;

  ////////////////
  // Next state //
  ////////////////

  // A load of 0 units expires in the next tick.
  function automatic logic [CntW-1:0] load(input logic [15:0] units);
    load = units == '0 ? CntW'(1) : CntW'(32'(units) * nic_pkg::TimerUnitCyc);
  endfunction

  // One tick of a timer; 1 becomes 0: idle behind its expiry.
  function automatic logic [CntW-1:0] down(input logic [CntW-1:0] cnt);
    down = cnt == '0 ? '0 : cnt - CntW'(1);
  endfunction

  logic write, write_0;  // of the register bus, with a delay (count) of 0
  logic flush_now;       // RDTR.FPD
  logic pt_run, at_run, tidv_run, tadv_run, mt_run; // in step 2: register writes are done
  logic pt_exp, at_exp, tidv_exp, tadv_exp, mt_exp; // expires in this tick
  logic at_ran, tidv_ran, tadv_ran; // runs behind step 2: before P and W of this tick
  logic rx_ran, tx_ran;  // one of the direction
  logic rx_run, tx_run;  // the same behind step 3, and behind folding
  logic mt_on;           // the master runs, behind folding
  logic fire;            // a moderated event: the master folds the others into it
  logic master;

  // 1. register writes: 0 to a running timer makes it expire in this tick
  assign write     = csr_valid_i && csr_write_i;
  assign write_0   = write && csr_wdata_i[15:0] == '0;
  assign flush_now = write && csr_id_i == 16'(nic_pkg::E1000_R_RDTR) &&
                     csr_wdata_i[nic_pkg::E1000_RDTR_FPD_LSB];
  assign pt_run    = pt_q != '0 && !restart_rx_i;
  assign at_run    = at_q != '0 && !restart_rx_i;
  assign tidv_run  = tidv_q != '0;
  assign tadv_run  = tadv_q != '0;
  assign mt_run    = mt_q != '0 && !(write && csr_id_i == 16'(nic_pkg::E1000_R_MTCTL) &&
                                     !csr_wdata_i[nic_pkg::E1000_MTCTL_EN_LSB]);

  // 2. expiry
  assign pt_exp    = pt_run && (pt_q == CntW'(1) ||
                                (write_0 && csr_id_i == 16'(nic_pkg::E1000_R_RDTR)));
  assign at_exp    = at_run && (at_q == CntW'(1) ||
                                (write_0 && csr_id_i == 16'(nic_pkg::E1000_R_RADV)));
  assign tidv_exp  = tidv_run && (tidv_q == CntW'(1) ||
                                  (write_0 && csr_id_i == 16'(nic_pkg::E1000_R_TIDV)));
  assign tadv_exp  = tadv_run && (tadv_q == CntW'(1) ||
                                  (write_0 && csr_id_i == 16'(nic_pkg::E1000_R_TADV)));
  assign mt_exp    = mt_run && (mt_q == CntW'(1) ||
                                (write_0 && csr_id_i == 16'(nic_pkg::E1000_R_MTDLY)));
  assign rx_ran    = (pt_run || at_run) && !pt_exp && !at_exp && !flush_now;
  assign tx_ran    = (tidv_run || tadv_run) && !tidv_exp && !tadv_exp;
  assign at_ran    = at_run && rx_ran;
  assign tidv_ran  = tidv_run && tx_ran;
  assign tadv_ran  = tadv_run && tx_ran;
  assign master    = mtctl_i[nic_pkg::E1000_MTCTL_EN_LSB];

  always_comb begin
    fired_d = '0;
    fired_d[nic_pkg::NIC_TIMER_PT_LSB] = pt_exp;
    fired_d[nic_pkg::NIC_TIMER_AT_LSB] = at_exp;
    fired_d[nic_pkg::NIC_TIMER_FLUSH_LSB] = flush_now;
    fired_d[nic_pkg::NIC_TIMER_TIDV_LSB] = tidv_exp;
    fired_d[nic_pkg::NIC_TIMER_TADV_LSB] = tadv_exp;
    fired_d[nic_pkg::NIC_TIMER_MASTER_LSB] = mt_exp;

    fire       = pt_exp || at_exp || tidv_exp || tadv_exp || mt_exp;
    rx_flush_d = pt_exp || at_exp || flush_now;
    tx_flush_d = tidv_exp || tadv_exp;
    rx_srpd_d  = rx_flush_d ? 1'b0 : rx_srpd_q;

    pt_d   = rx_ran ? down(pt_q) : '0;
    at_d   = rx_ran ? down(at_q) : '0;
    rxf_d  = rxf_q;
    tidv_d = tx_ran ? down(tidv_q) : '0;
    tadv_d = tx_ran ? down(tadv_q) : '0;
    txf_d  = txf_q;
    mt_d   = mt_run && !mt_exp ? down(mt_q) : '0;

    if (rx_flush_d || restart_rx_i || (write_0 && csr_id_i == 16'(nic_pkg::E1000_R_RXFRAMES))) begin
      rxf_d = '0;
    end
    if (tx_flush_d || (write_0 && csr_id_i == 16'(nic_pkg::E1000_R_TXFRAMES))) begin
      txf_d = '0;
    end

    // 3. packet and descriptor events
    rx_run = rx_ran;
    tx_run = tx_ran;
    if (p_i) begin
      if (rsrpd_i != '0 && p_len_i <= LenW'(rsrpd_i)) begin
        fired_d[nic_pkg::NIC_TIMER_SRPD_LSB] = 1'b1;
        rx_flush_d = 1'b1;
        rx_srpd_d  = 1'b1;
        rxf_d      = '0;
        rx_run     = 1'b0;
      end else if (rxframes_i != '0 && rxf_d + 16'd1 >= rxframes_i) begin
        fired_d[nic_pkg::NIC_TIMER_RXFRAMES_LSB] = 1'b1;
        fire       = 1'b1;
        rx_flush_d = 1'b1;
        rx_srpd_d  = 1'b0;
        rxf_d      = '0;
        rx_run     = 1'b0;
      end else begin
        if (rxframes_i != '0) rxf_d = rxf_d + 16'd1;
        if (rdtr_i != '0) begin
          pt_d   = load(rdtr_i);
          rx_run = 1'b1;
          if (radv_i != '0 && !at_ran) at_d = load(radv_i);
        end else if (rxframes_i == '0 && rsrpd_i != '0) begin
          // No delay: RXT0 at once, unless frames are counted. Without RSRPD the ring does it.
          rx_flush_d = 1'b1;
          rx_srpd_d  = 1'b0;
          rxf_d      = '0;
          rx_run     = 1'b0;
        end
      end
    end
    if (w_i) begin
      if (!w_ide_i) begin
        if (w_rs_i) begin // the ring raises TXDW for it now
          tx_run = 1'b0;
          txf_d  = '0;
        end
      end else if (!w_rs_i) begin
        if (tidv_ran) tidv_d = load(tidv_i);
      end else if (txframes_i != '0 && txf_d + 16'd1 >= txframes_i) begin
        fired_d[nic_pkg::NIC_TIMER_TXFRAMES_LSB] = 1'b1;
        fire       = 1'b1;
        tx_flush_d = 1'b1;
        txf_d      = '0;
        tx_run     = 1'b0;
      end else begin
        if (txframes_i != '0) txf_d = txf_d + 16'd1;
        if (tidv_i != '0) begin
          tidv_d = load(tidv_i);
          tx_run = 1'b1;
          if (tadv_i != '0 && !tadv_ran) tadv_d = load(tadv_i);
        end else if (txframes_i == '0) begin
          tadv_d = '0; // as IDE = 0: the ring raises TXDW now
          tx_run = tidv_ran;
        end
      end
    end

    // 4. the master: what started in step 3 belongs to the next window and is not folded
    mt_on = mt_run && !mt_exp;
    if (master && fire) begin
      mt_on = 1'b0;
      mt_d  = '0;
      if (mtctl_i[nic_pkg::E1000_MTCTL_FOLD_RX_LSB] && rx_ran && rx_run) begin
        rx_flush_d = 1'b1;
        rx_srpd_d  = 1'b0;
        rxf_d      = '0;
        rx_run     = 1'b0;
      end
      if (mtctl_i[nic_pkg::E1000_MTCTL_FOLD_TX_LSB] && tx_ran && tx_run) begin
        tx_flush_d = 1'b1;
        txf_d      = '0;
        tx_run     = 1'b0;
      end
    end
    if (!rx_run) begin
      pt_d = '0;
      at_d = '0;
    end
    if (!tx_run) begin
      tidv_d = '0;
      tadv_d = '0;
    end
    if (master && mtdly_i != '0 && (rx_run || tx_run) && !mt_on) mt_d = load(mtdly_i);
  end

  logic unused_csr_wdata;
  assign unused_csr_wdata = ^csr_wdata_i[30:16];

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pt_q       <= '0;
      at_q       <= '0;
      tidv_q     <= '0;
      tadv_q     <= '0;
      mt_q       <= '0;
      rxf_q      <= '0;
      txf_q      <= '0;
      rx_flush_q <= 1'b0;
      tx_flush_q <= 1'b0;
      rx_srpd_q  <= 1'b0;
      fired_q    <= '0;
    end else if (reset_i) begin
      pt_q       <= '0;
      at_q       <= '0;
      tidv_q     <= '0;
      tadv_q     <= '0;
      mt_q       <= '0;
      rxf_q      <= '0;
      txf_q      <= '0;
      rx_flush_q <= 1'b0;
      tx_flush_q <= 1'b0;
      rx_srpd_q  <= 1'b0;
      fired_q    <= '0;
    end else begin
      pt_q       <= pt_d;
      at_q       <= at_d;
      tidv_q     <= tidv_d;
      tadv_q     <= tadv_d;
      mt_q       <= mt_d;
      rxf_q      <= rxf_d;
      txf_q      <= txf_d;
      rx_flush_q <= rx_flush_d;
      tx_flush_q <= tx_flush_d;
      rx_srpd_q  <= rx_srpd_d;
      fired_q    <= fired_d;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && !reset_i) begin
      // The counters of frames stay below what one step can wrap.
      RxfBound_A: assert (rxf_q != '1);
      TxfBound_A: assert (txf_q != '1);
      // A timer that runs out is heard.
      RxHeard_A:  assert (!(pt_exp || at_exp) || rx_flush_d);
      TxHeard_A:  assert (!(tidv_exp || tadv_exp) || tx_flush_d);
    end
  end
`endif

endmodule
