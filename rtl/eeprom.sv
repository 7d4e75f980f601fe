// SPDX-License-Identifier: Apache-2.0
// The serial EEPROM (64 words, 93C46 class), the two ways to it (EECD, pin by pin, and EERD), and
// the words that the hardware loads. Twin of model/eeprom.c.
//
// Cycle contract: that of model/eeprom.h. EECD written in cycle c: pins, grant and DO are those of
// the write from c+1 on. An EERD read that begins in tick c ends in tick c + EerdCyc, programming
// that begins in tick c in tick c + EepromWriteCyc. Order within a tick: end of programming, end of
// the EERD read, register write, CTRL.RST, grant, what the pins of the EEPROM do, begin of an EERD
// read.
//
// The contents are flops, not a RAM: nine words are seen at all times, and ERAL and WRAL change all
// in one tick. They are not volatile: they have an initial value, and no reset touches them.
// Differences in form: the C holds the ends of reading and programming as cycles, these are down
// counters; in cycle n a counter is end - n + 1: 1 ends in this tick, 0 = idle.
// Known differences: none.

module eeprom #(
  // First wire byte in bits 7:0.
  parameter logic [47:0] Mac = nic_pkg::DefaultMac,
  parameter logic [15:0] DeviceId = nic_pkg::PCI_CONFIG_ID_RESET[31:16]
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        reset_i, // CTRL.RST: takes the pins low and gives up an EERD read

  // register bus
  input  logic        csr_valid_i,
  input  logic        csr_write_i,
  input  logic [15:0] csr_id_i,
  input  logic [31:0] csr_wdata_i,

  // to regs: the registers as software reads them
  output logic [31:0] eecd_o,
  output logic [31:0] eerd_o,

  // to regs: what a reset loads. CTRL is passed through, with FD, FRCSPD and ASDE put in (comb.)
  output logic [31:0] ral0_o,
  output logic [31:0] rah0_o,
  input  logic [31:0] ctrl_i,
  output logic [31:0] ctrl_o,

  // to pci_config: dwords 00h and 2Ch, and whether MSI is visible
  output logic [31:0] pci_id_o,
  output logic [31:0] pci_subsystem_o,
  output logic        msi_o
);

  localparam int unsigned Words = nic_pkg::EepromWords;
  localparam int unsigned AddrW = $clog2(Words);
  localparam int unsigned MemW  = 16 * Words;
  localparam int unsigned EerdW = $clog2(nic_pkg::EerdCyc + 1);
  localparam int unsigned BusyW = $clog2(nic_pkg::EepromWriteCyc + 1);
  localparam int unsigned FweW  = nic_pkg::E1000_EECD_FWE_W;
  localparam int unsigned ErAdW = nic_pkg::E1000_EERD_ADDR_W;
  localparam int unsigned ErAdL = nic_pkg::E1000_EERD_ADDR_LSB;

  // Words and their bits.
  localparam int unsigned WordLeds      = nic_pkg::E1000_EE_LED;
  localparam int unsigned WordInit1     = nic_pkg::E1000_EE_INIT1;
  localparam int unsigned WordSubsystem = nic_pkg::E1000_EE_SUBSYSTEM;
  localparam int unsigned WordSubvendor = nic_pkg::E1000_EE_SUBVENDOR;
  localparam int unsigned WordDevice    = nic_pkg::E1000_EE_DEVICE;
  localparam int unsigned WordVendor    = nic_pkg::E1000_EE_VENDOR;
  localparam int unsigned WordInit2     = nic_pkg::E1000_EE_INIT2;
  localparam int unsigned WordCircuit   = nic_pkg::E1000_EE_CIRCUIT;
  localparam int unsigned WordPower     = nic_pkg::E1000_EE_POWER;
  localparam int unsigned WordLedctl    = nic_pkg::E1000_EE_LEDCTL;
  localparam int unsigned WordChecksum  = nic_pkg::E1000_EE_CHECKSUM;

  localparam int unsigned Init1LoadId        = nic_pkg::E1000_EE_INIT1_LOAD_ID_LSB;
  localparam int unsigned Init1LoadSubsystem = nic_pkg::E1000_EE_INIT1_LOAD_SUBSYSTEM_LSB;
  localparam int unsigned Init1Fd            = nic_pkg::E1000_EE_INIT1_FD_LSB;
  localparam int unsigned Init1Frcspd        = nic_pkg::E1000_EE_INIT1_FRCSPD_LSB;
  localparam int unsigned Init1Signature     = nic_pkg::E1000_EE_INIT1_SIGNATURE_LSB;
  localparam int unsigned SignW              = nic_pkg::E1000_EE_INIT1_SIGNATURE_W;
  localparam int unsigned Init2NoMsi         = nic_pkg::E1000_EE_INIT2_NO_MSI_LSB;
  localparam int unsigned Init2Asde          = nic_pkg::E1000_EE_INIT2_ASDE_LSB;

  // Operations: opcode and the two upper address bits, which tell those of opcode 00 apart.
  localparam logic [3:0] OpWral  = 4'(nic_pkg::E1000_EEOP_WRAL);
  localparam logic [3:0] OpEral  = 4'(nic_pkg::E1000_EEOP_ERAL);
  localparam logic [3:0] OpEwen  = 4'(nic_pkg::E1000_EEOP_EWEN);
  localparam logic [3:0] OpWrite = 4'(nic_pkg::E1000_EEOP_WRITE);
  localparam logic [3:0] OpRead  = 4'(nic_pkg::E1000_EEOP_READ);
  localparam logic [3:0] OpErase = 4'(nic_pkg::E1000_EEOP_ERASE);

  // In the order of enum eeprom_phase.
  typedef enum logic [2:0] {
    EepromPhStart,
    EepromPhCmd,
    EepromPhRead,
    EepromPhData,
    EepromPhArmed,
    EepromPhDone
  } phase_e;

  // A valid image, word n in bits 16n+15:16n: eeprom_image() of the C.
  function automatic logic [MemW-1:0] image(input logic [47:0] mac, input logic [15:0] device);
    logic [15:0] sum;
    image = '0;
    image[16*nic_pkg::E1000_EE_MAC +: 48] = mac;
    image[16*WordLeds +: 16]      = nic_pkg::E1000_EE_LED_INIT;
    image[16*WordInit1 +: 16]     = nic_pkg::E1000_EE_INIT1_INIT;
    image[16*WordSubsystem +: 16] = nic_pkg::E1000_EE_SUBSYSTEM_INIT;
    image[16*WordSubvendor +: 16] = nic_pkg::PCI_CONFIG_ID_RESET[15:0];
    image[16*WordDevice +: 16]    = device;
    image[16*WordVendor +: 16]    = nic_pkg::PCI_CONFIG_ID_RESET[15:0];
    image[16*WordInit2 +: 16]     = nic_pkg::E1000_EE_INIT2_INIT;
    image[16*WordCircuit +: 16]   = nic_pkg::E1000_EE_CIRCUIT_INIT;
    image[16*WordPower +: 16]     = nic_pkg::E1000_EE_POWER_INIT;
    image[16*WordLedctl +: 16]    = nic_pkg::E1000_EE_LEDCTL_INIT;
    sum = 16'(nic_pkg::EepromSum);
    for (int unsigned i = 0; i < WordChecksum; i++) sum = sum - image[16*i +: 16];
    image[16*WordChecksum +: 16]  = sum;
  endfunction

  logic [MemW-1:0]  word_q;                 // the contents
  logic [BusyW-1:0] busy_cnt_d, busy_cnt_q; // programming
  logic [EerdW-1:0] eerd_cnt_d, eerd_cnt_q; // EERD read
  logic [15:0]      shift_d, shift_q;       // bits clocked in, last one lowest
  logic [15:0]      eerd_data_d, eerd_data_q;
  logic [ErAdW-1:0] eerd_addr_d, eerd_addr_q;
  phase_e           phase_d, phase_q;
  logic [4:0]       nbits_d, nbits_q;       // bits of this phase so far
  logic [3:0]       op_d, op_q;             // operation of the command
  logic [AddrW-1:0] addr_d, addr_q;         // its address
  logic [FweW-1:0]  fwe_d, fwe_q;           // EECD.FWE (storage)
  logic             sk_d, sk_q;             // EECD bits as written
  logic             cs_d, cs_q;
  logic             di_d, di_q;
  logic             req_d, req_q;
  logic             gnt_d, gnt_q;           // the pins are the software's
  logic             dout_d, dout_q;         // DO while selected and not busy
  logic             wen_d, wen_q;           // programming is enabled
  logic             eerd_done_d, eerd_done_q;
  logic             eerd_wait_d, eerd_wait_q; // a read waits for the pins or the EEPROM

  ////////////////////////
  // Outputs from state //
  ////////////////////////

  always_comb begin
    eecd_o = '0;
    eecd_o[nic_pkg::E1000_EECD_SK_LSB] = sk_q;
    eecd_o[nic_pkg::E1000_EECD_CS_LSB] = cs_q;
    eecd_o[nic_pkg::E1000_EECD_DI_LSB] = di_q;
    eecd_o[nic_pkg::E1000_EECD_DO_LSB] = gnt_q && !(cs_q && busy_cnt_q != '0) && dout_q;
    eecd_o[nic_pkg::E1000_EECD_FWE_LSB +: FweW] = fwe_q;
    eecd_o[nic_pkg::E1000_EECD_REQ_LSB] = req_q;
    eecd_o[nic_pkg::E1000_EECD_GNT_LSB] = gnt_q;
    eecd_o[nic_pkg::E1000_EECD_PRES_LSB] = 1'b1;

    eerd_o = '0;
    eerd_o[nic_pkg::E1000_EERD_DONE_LSB] = eerd_done_q;
    eerd_o[ErAdL +: ErAdW] = eerd_addr_q;
    eerd_o[nic_pkg::E1000_EERD_DATA_LSB +: 16] = eerd_data_q;
  end

  ///////////////////////////////////
  // Words that the hardware loads //
  ///////////////////////////////////

  logic [15:0] init1, init2;
  logic        valid; // the signature; without it the hardware keeps its own defaults

  assign init1  = word_q[16*WordInit1 +: 16];
  assign init2  = word_q[16*WordInit2 +: 16];
  assign valid  = init1[Init1Signature +: SignW] == SignW'(nic_pkg::EepromSignature);
  assign ral0_o = word_q[16*nic_pkg::E1000_EE_MAC +: 32];
  assign msi_o  = !(valid && init2[Init2NoMsi]);

  always_comb begin
    rah0_o = {16'b0, word_q[16*nic_pkg::E1000_EE_MAC+32 +: 16]};
    rah0_o[nic_pkg::E1000_RAH_AV_LSB] = 1'b1;

    ctrl_o = ctrl_i;
    if (valid) begin
      ctrl_o[nic_pkg::E1000_CTRL_FD_LSB]     = init1[Init1Fd];
      ctrl_o[nic_pkg::E1000_CTRL_FRCSPD_LSB] = init1[Init1Frcspd];
      ctrl_o[nic_pkg::E1000_CTRL_ASDE_LSB]   = init2[Init2Asde];
    end

    pci_id_o = {DeviceId, nic_pkg::PCI_CONFIG_ID_RESET[15:0]};
    if (valid && init1[Init1LoadId]) begin
      pci_id_o = {word_q[16*WordDevice +: 16], word_q[16*WordVendor +: 16]};
    end

    pci_subsystem_o = nic_pkg::PCI_CONFIG_SUBSYSTEM_RESET;
    if (valid && init1[Init1LoadSubsystem]) begin
      pci_subsystem_o = {word_q[16*WordSubsystem +: 16], word_q[16*WordSubvendor +: 16]};
    end
  end

  ////////////////
  // Next state //
  ////////////////

  logic eecd_write, eerd_write;
  logic start;    // EERD.START
  logic eerd_end; // the EERD read ends in this tick
  logic eerd_run; // or goes on behind it
  logic eerd_begin;
  logic busy;     // programming goes on behind this tick
  logic sk, cs;   // pins of the EEPROM in the next cycle
  logic select;   // CS was there and stays
  logic deselect; // CS falls
  logic clock;    // SK rises while selected, and the EEPROM listens
  logic program_en; // a complete command runs
  logic all_words, erase;

  assign eecd_write = csr_valid_i && csr_write_i && csr_id_i == 16'(nic_pkg::E1000_R_EECD);
  assign eerd_write = csr_valid_i && csr_write_i && csr_id_i == 16'(nic_pkg::E1000_R_EERD);
  assign start      = eerd_write && csr_wdata_i[nic_pkg::E1000_EERD_START_LSB];
  assign eerd_end   = eerd_cnt_q == EerdW'(1);
  assign eerd_run   = eerd_cnt_q > EerdW'(1) && !start && !reset_i;
  assign busy       = busy_cnt_q > BusyW'(1);

  // EECD.
  always_comb begin
    sk_d  = sk_q;
    cs_d  = cs_q;
    di_d  = di_q;
    fwe_d = fwe_q;
    req_d = req_q;
    if (eecd_write) begin
      sk_d  = csr_wdata_i[nic_pkg::E1000_EECD_SK_LSB];
      cs_d  = csr_wdata_i[nic_pkg::E1000_EECD_CS_LSB];
      di_d  = csr_wdata_i[nic_pkg::E1000_EECD_DI_LSB];
      fwe_d = csr_wdata_i[nic_pkg::E1000_EECD_FWE_LSB +: FweW];
      req_d = csr_wdata_i[nic_pkg::E1000_EECD_REQ_LSB];
    end
    if (reset_i) begin
      sk_d  = 1'b0;
      cs_d  = 1'b0;
      di_d  = 1'b0;
      fwe_d = FweW'(1);
      req_d = 1'b0;
    end
  end

  // EERD.
  always_comb begin
    eerd_cnt_d  = eerd_run ? eerd_cnt_q - EerdW'(1) : '0;
    eerd_addr_d = eerd_addr_q;
    eerd_data_d = eerd_data_q;
    eerd_done_d = eerd_done_q;
    eerd_wait_d = eerd_wait_q;
    if (eerd_end) begin
      eerd_done_d = 1'b1;
      eerd_data_d = word_q[{eerd_addr_q[AddrW-1:0], 4'b0} +: 16];
    end
    if (start || (eerd_write && !eerd_run && !eerd_wait_q)) begin
      eerd_addr_d = csr_wdata_i[ErAdL +: ErAdW];
    end
    if (start) begin
      eerd_done_d = 1'b0;
      eerd_wait_d = 1'b1;
    end
    if (reset_i) begin
      eerd_addr_d = '0;
      eerd_data_d = '0;
      eerd_done_d = 1'b0;
      eerd_wait_d = 1'b0;
    end
    eerd_begin = eerd_wait_d && !gnt_d && busy_cnt_d == '0;
    if (eerd_begin) begin
      eerd_wait_d = 1'b0;
      eerd_cnt_d  = EerdW'(nic_pkg::EerdCyc);
    end
  end

  // The grant, and the pins of the EEPROM. REQ goes before EERD. A rising SK counts only if CS was
  // there before.
  assign gnt_d      = req_d && !eerd_run;
  assign sk         = gnt_d && sk_d;
  assign cs         = gnt_d && cs_d;
  assign select     = gnt_q && cs_q && cs;
  assign deselect   = gnt_q && cs_q && !cs;
  assign clock      = select && !(gnt_q && sk_q) && sk && !busy;
  assign program_en = deselect && phase_q == EepromPhArmed && wen_q;
  assign all_words  = op_q == OpEral || op_q == OpWral;
  assign erase      = op_q == OpEral || op_q == OpErase;
  assign busy_cnt_d = program_en ? BusyW'(nic_pkg::EepromWriteCyc) :
                      busy       ? busy_cnt_q - BusyW'(1)          : '0;

  // Microwire.
  always_comb begin
    phase_d = phase_q;
    nbits_d = nbits_q;
    shift_d = shift_q;
    op_d    = op_q;
    addr_d  = addr_q;
    dout_d  = dout_q;
    wen_d   = wen_q;
    if (deselect) begin // an incomplete command is forgotten
      phase_d = EepromPhStart;
      dout_d  = 1'b1;
    end else if (clock) begin
      unique case (phase_q)
        EepromPhStart: begin
          if (di_d) begin
            phase_d = EepromPhCmd;
            nbits_d = '0;
          end
        end
        EepromPhCmd: begin
          shift_d = {shift_q[14:0], di_d};
          nbits_d = nbits_q + 5'd1;
          if (nbits_q == 5'd7) begin // the eighth bit
            nbits_d = '0;
            op_d    = shift_d[7:6] == 2'b00 ? shift_d[7:4] : {shift_d[7:6], 2'b00};
            addr_d  = shift_d[AddrW-1:0];
            unique case (op_d)
              OpRead: begin
                phase_d = EepromPhRead;
                dout_d  = 1'b0; // the dummy bit
              end
              OpWrite, OpWral: phase_d = EepromPhData;
              OpErase, OpEral: phase_d = EepromPhArmed;
              default: begin // EWEN and EWDS act at once
                wen_d   = op_d == OpEwen;
                phase_d = EepromPhDone;
              end
            endcase
          end
        end
        EepromPhRead: begin
          dout_d  = word_q[{addr_q, ~nbits_q[3:0]}]; // the highest bit first
          nbits_d = nbits_q + 5'd1;
          if (nbits_q == 5'd15) begin
            nbits_d = '0;
            addr_d  = addr_q + AddrW'(1);
          end
        end
        EepromPhData: begin
          shift_d = {shift_q[14:0], di_d};
          nbits_d = nbits_q + 5'd1;
          if (nbits_q == 5'd15) phase_d = EepromPhArmed;
        end
        default: ;
      endcase
    end
  end

  logic unused_csr_wdata;
  assign unused_csr_wdata = ^csr_wdata_i[31:16];

  //////////////
  // Contents //
  //////////////

  initial word_q = image(Mac, DeviceId);

  always_ff @(posedge clk_i) begin
    if (program_en) begin
      for (int unsigned i = 0; i < Words; i++) begin
        if (all_words || addr_q == AddrW'(i)) word_q[16*i +: 16] <= erase ? 16'hFFFF : shift_q;
      end
    end
  end

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_cnt_q  <= '0;
      eerd_cnt_q  <= '0;
      shift_q     <= '0;
      eerd_data_q <= '0;
      eerd_addr_q <= '0;
      phase_q     <= EepromPhStart;
      nbits_q     <= '0;
      op_q        <= '0;
      addr_q      <= '0;
      fwe_q       <= FweW'(1);
      sk_q        <= 1'b0;
      cs_q        <= 1'b0;
      di_q        <= 1'b0;
      req_q       <= 1'b0;
      gnt_q       <= 1'b0;
      dout_q      <= 1'b1;
      wen_q       <= 1'b0;
      eerd_done_q <= 1'b0;
      eerd_wait_q <= 1'b0;
    end else begin
      busy_cnt_q  <= busy_cnt_d;
      eerd_cnt_q  <= eerd_cnt_d;
      shift_q     <= shift_d;
      eerd_data_q <= eerd_data_d;
      eerd_addr_q <= eerd_addr_d;
      phase_q     <= phase_d;
      nbits_q     <= nbits_d;
      op_q        <= op_d;
      addr_q      <= addr_d;
      fwe_q       <= fwe_d;
      sk_q        <= sk_d;
      cs_q        <= cs_d;
      di_q        <= di_d;
      req_q       <= req_d;
      gnt_q       <= gnt_d;
      dout_q      <= dout_d;
      wen_q       <= wen_d;
      eerd_done_q <= eerd_done_d;
      eerd_wait_q <= eerd_wait_d;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      // One of the two has the EEPROM.
      OneMaster_A: assert (!(gnt_q && eerd_cnt_q != '0));
      // No word changes while one is programmed, or read by EERD.
      NotBusy_A:   assert (!program_en || (!busy && eerd_cnt_q == '0));
      // A read waits, runs, or is over.
      OneRead_A:   assert (32'(eerd_wait_q) + 32'(eerd_cnt_q != '0) + 32'(eerd_done_q) <= 1);
      // Nothing waits for what is free.
      NoWait_A:    assert (!eerd_wait_q || gnt_q || busy_cnt_q != '0);
    end
  end
`endif

endmodule
