// SPDX-License-Identifier: Apache-2.0
// PCI configuration space (header, power management, MSI) and IOADDR of the I/O BAR. Twin of
// model/pci_config.c, whose header lists the choices made.
//
// Cycle contract: a write of cycle c is seen by reads and outputs from c+1 on; the interrupt level
// of cycle c is in the status register from c+1 on. Reads have no side effects. An event of the bus
// in the cycle in which software clears its status bit survives.
// CTRL.RST does not reach this module. The straps are those of the first cycle behind power-good;
// what the EEPROM holds later is not looked at. (The C loads them with its reset; here it is the
// first tick, and in the cycle before it reads see the inputs.)
// Known differences: none.

module pci_config (
  input  logic        clk_i,
  input  logic        rst_ni,

  // straps, from eeprom: dwords 00h and 2Ch, and whether the list shows the MSI capability
  input  logic [31:0] id_i,
  input  logic [31:0] subsystem_i,
  input  logic        msi_visible_i,

  // from regs: access to the configuration space or (io) to the I/O BAR; and to regs the dword of
  // the configuration space at addr, 0 beyond its 256 bytes
  input  logic        valid_i,
  input  logic        write_i,
  input  logic        io_i,
  input  logic [19:0] addr_i,
  input  logic [3:0]  be_i,
  input  logic [31:0] wdata_i,
  output logic [31:0] rdata_o,

  // from throttle: the level, whether or not INTA# may be driven
  input  logic        intx_i,

  // events of the bus, as bits of the status register
  input  logic [15:0] status_set_i,

  output logic        mem_en_o,       // respond to BAR0
  output logic        io_en_o,        // respond to BAR2
  output logic        bus_master_o,   // requests may be made, MSI included
  output logic        intx_disable_o, // INTA# must not be driven
  output logic        msi_en_o,       // interrupts are messages; INTA# must not be driven
  output logic [1:0]  power_state_o,  // 0 or 3
  output logic [63:0] msi_addr_o,
  output logic [15:0] msi_data_o,
  output logic [31:0] ioaddr_o        // what IODATA reaches
);

  localparam logic [1:0] D0    = 2'd0;
  localparam logic [1:0] D3hot = 2'd3;

  localparam int unsigned StateLsb = nic_pkg::PCI_CONFIG_PMCSR_STATE_LSB;
  localparam int unsigned StateW   = nic_pkg::PCI_CONFIG_PMCSR_STATE_W;

  // Whole dwords; the bits that no write and no event changes are constants.
  logic [31:0] command_d, command_q;
  logic [31:0] line_d, line_q;
  logic [31:0] bar0_d, bar0_q;
  logic [31:0] bar2_d, bar2_q;
  logic [31:0] interrupt_d, interrupt_q;
  logic [31:0] pmcsr_d, pmcsr_q;
  logic [31:0] msi_d, msi_q;
  logic [31:0] msi_addr_l_d, msi_addr_l_q;
  logic [31:0] msi_addr_h_d, msi_addr_h_q;
  logic [31:0] msi_data_d, msi_data_q;
  logic [31:0] ioaddr_d, ioaddr_q;
  logic        loaded_q;    // the straps are
  logic [31:0] id_q;
  logic [31:0] subsystem_q;
  logic        msi_visible_q;

  ////////////////////////
  // Outputs from state //
  ////////////////////////

  logic [31:0] id, subsystem;
  logic        msi_visible;
  logic        d0;
  logic        beyond; // no dword of the configuration space
  logic [7:0]  at;     // its offset

  assign id          = loaded_q ? id_q : id_i;
  assign subsystem   = loaded_q ? subsystem_q : subsystem_i;
  assign msi_visible = loaded_q ? msi_visible_q : msi_visible_i;

  assign power_state_o  = pmcsr_q[StateLsb +: StateW];
  assign d0             = power_state_o == D0;
  assign mem_en_o       = d0 && command_q[nic_pkg::PCI_CONFIG_COMMAND_MEM_LSB];
  assign io_en_o        = d0 && command_q[nic_pkg::PCI_CONFIG_COMMAND_IO_LSB];
  assign bus_master_o   = d0 && command_q[nic_pkg::PCI_CONFIG_COMMAND_MASTER_LSB];
  assign intx_disable_o = !d0 || command_q[nic_pkg::PCI_CONFIG_COMMAND_INTX_DISABLE_LSB];
  assign msi_en_o       = msi_q[nic_pkg::PCI_CONFIG_MSI_EN_LSB];
  assign msi_addr_o     = {msi_addr_h_q, msi_addr_l_q};
  assign msi_data_o     = msi_data_q[15:0];
  assign ioaddr_o       = ioaddr_q;

  assign beyond = addr_i[19:8] != '0;
  assign at     = {addr_i[7:2], 2'b00};

  always_comb begin
    rdata_o = '0;
    if (!beyond) begin
      unique case (at)
        nic_pkg::PCI_CONFIG_ID:         rdata_o = id;
        nic_pkg::PCI_CONFIG_COMMAND:    rdata_o = command_q;
        nic_pkg::PCI_CONFIG_CLASS:      rdata_o = nic_pkg::PCI_CONFIG_CLASS_RESET;
        nic_pkg::PCI_CONFIG_LINE:       rdata_o = line_q;
        nic_pkg::PCI_CONFIG_BAR0:       rdata_o = bar0_q;
        nic_pkg::PCI_CONFIG_BAR2:       rdata_o = bar2_q;
        nic_pkg::PCI_CONFIG_SUBSYSTEM:  rdata_o = subsystem;
        nic_pkg::PCI_CONFIG_CAPPTR:     rdata_o = nic_pkg::PCI_CONFIG_CAPPTR_RESET;
        nic_pkg::PCI_CONFIG_INTERRUPT:  rdata_o = interrupt_q;
        nic_pkg::PCI_CONFIG_PMC: begin
          rdata_o = nic_pkg::PCI_CONFIG_PMC_RESET;
          if (!msi_visible) rdata_o[15:8] = '0; // the list ends here
        end
        nic_pkg::PCI_CONFIG_PMCSR:      rdata_o = pmcsr_q;
        nic_pkg::PCI_CONFIG_MSI:        rdata_o = msi_visible ? msi_q : '0;
        nic_pkg::PCI_CONFIG_MSI_ADDR_L: rdata_o = msi_addr_l_q;
        nic_pkg::PCI_CONFIG_MSI_ADDR_H: rdata_o = msi_addr_h_q;
        nic_pkg::PCI_CONFIG_MSI_DATA:   rdata_o = msi_data_q;
        default: ;
      endcase
    end
  end

  ////////////////
  // Next state //
  ////////////////

  // A dword behind a write. `store` and `clear` are its writable and its write-1-clears bits, those
  // in enabled bytes.
  function automatic logic [31:0] written(input logic [31:0] old, input logic [31:0] w,
                                          input logic [31:0] store, input logic [31:0] clear);
    written = ((old & ~store) | (w & store)) & ~(w & clear);
  endfunction

  logic [31:0]       lanes;
  logic              write_cfg, write_ioaddr;
  logic [StateW-1:0] state; // as PMCSR would have it

  assign lanes        = {{8{be_i[3]}}, {8{be_i[2]}}, {8{be_i[1]}}, {8{be_i[0]}}};
  assign write_cfg    = valid_i && write_i && !io_i && !beyond;
  assign write_ioaddr = valid_i && write_i && io_i && !beyond && at == nic_pkg::PCI_CONFIG_IOADDR;

  always_comb begin
    command_d    = command_q;
    line_d       = line_q;
    bar0_d       = bar0_q;
    bar2_d       = bar2_q;
    interrupt_d  = interrupt_q;
    pmcsr_d      = pmcsr_q;
    msi_d        = msi_q;
    msi_addr_l_d = msi_addr_l_q;
    msi_addr_h_d = msi_addr_h_q;
    msi_data_d   = msi_data_q;
    ioaddr_d     = ioaddr_q;
    state        = D0;

    // 1. software
    if (write_ioaddr) begin
      ioaddr_d = written(ioaddr_q, wdata_i, nic_pkg::PCI_CONFIG_IOADDR_WMASK & lanes, '0);
    end
    if (write_cfg) begin
      unique case (at)
        nic_pkg::PCI_CONFIG_COMMAND:
          command_d = written(command_q, wdata_i, nic_pkg::PCI_CONFIG_COMMAND_WMASK & lanes,
                              nic_pkg::PCI_CONFIG_COMMAND_W1C & lanes);
        nic_pkg::PCI_CONFIG_LINE:
          line_d = written(line_q, wdata_i, nic_pkg::PCI_CONFIG_LINE_WMASK & lanes, '0);
        nic_pkg::PCI_CONFIG_BAR0:
          bar0_d = written(bar0_q, wdata_i, nic_pkg::PCI_CONFIG_BAR0_WMASK & lanes, '0);
        nic_pkg::PCI_CONFIG_BAR2:
          bar2_d = written(bar2_q, wdata_i, nic_pkg::PCI_CONFIG_BAR2_WMASK & lanes, '0);
        nic_pkg::PCI_CONFIG_INTERRUPT:
          interrupt_d = written(interrupt_q, wdata_i,
                                nic_pkg::PCI_CONFIG_INTERRUPT_WMASK & lanes, '0);
        nic_pkg::PCI_CONFIG_PMCSR: begin
          pmcsr_d = written(pmcsr_q, wdata_i, nic_pkg::PCI_CONFIG_PMCSR_WMASK & lanes,
                            nic_pkg::PCI_CONFIG_PMCSR_W1C & lanes);
          state = pmcsr_d[StateLsb +: StateW];
          if (state == D3hot) begin
            command_d[nic_pkg::PCI_CONFIG_COMMAND_IO_LSB]  = 1'b0;
            command_d[nic_pkg::PCI_CONFIG_COMMAND_MEM_LSB] = 1'b0;
          end else if (state != D0) begin // there is no such state: stays where it is
            pmcsr_d[StateLsb +: StateW] = power_state_o;
          end
        end
        nic_pkg::PCI_CONFIG_MSI:
          if (msi_visible) begin
            msi_d = written(msi_q, wdata_i, nic_pkg::PCI_CONFIG_MSI_WMASK & lanes, '0);
          end
        nic_pkg::PCI_CONFIG_MSI_ADDR_L:
          if (msi_visible) begin
            msi_addr_l_d = written(msi_addr_l_q, wdata_i,
                                   nic_pkg::PCI_CONFIG_MSI_ADDR_L_WMASK & lanes, '0);
          end
        nic_pkg::PCI_CONFIG_MSI_ADDR_H:
          if (msi_visible) begin
            msi_addr_h_d = written(msi_addr_h_q, wdata_i,
                                   nic_pkg::PCI_CONFIG_MSI_ADDR_H_WMASK & lanes, '0);
          end
        nic_pkg::PCI_CONFIG_MSI_DATA:
          if (msi_visible) begin
            msi_data_d = written(msi_data_q, wdata_i,
                                 nic_pkg::PCI_CONFIG_MSI_DATA_WMASK & lanes, '0);
          end
        default: ;
      endcase
    end

    // 2. the device has the last word in the status register
    command_d |= {status_set_i, 16'd0} & nic_pkg::PCI_CONFIG_COMMAND_W1C;
    command_d[nic_pkg::PCI_CONFIG_COMMAND_INTX_STATUS_LSB] = intx_i;
  end

  logic unused_addr;
  assign unused_addr = ^addr_i[1:0];

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      command_q     <= nic_pkg::PCI_CONFIG_COMMAND_RESET;
      line_q        <= nic_pkg::PCI_CONFIG_LINE_RESET;
      bar0_q        <= nic_pkg::PCI_CONFIG_BAR0_RESET;
      bar2_q        <= nic_pkg::PCI_CONFIG_BAR2_RESET;
      interrupt_q   <= nic_pkg::PCI_CONFIG_INTERRUPT_RESET;
      pmcsr_q       <= nic_pkg::PCI_CONFIG_PMCSR_RESET;
      msi_q         <= nic_pkg::PCI_CONFIG_MSI_RESET;
      msi_addr_l_q  <= nic_pkg::PCI_CONFIG_MSI_ADDR_L_RESET;
      msi_addr_h_q  <= nic_pkg::PCI_CONFIG_MSI_ADDR_H_RESET;
      msi_data_q    <= nic_pkg::PCI_CONFIG_MSI_DATA_RESET;
      ioaddr_q      <= nic_pkg::PCI_CONFIG_IOADDR_RESET;
      loaded_q      <= 1'b0;
      id_q          <= '0;
      subsystem_q   <= '0;
      msi_visible_q <= 1'b0;
    end else begin
      command_q     <= command_d;
      line_q        <= line_d;
      bar0_q        <= bar0_d;
      bar2_q        <= bar2_d;
      interrupt_q   <= interrupt_d;
      pmcsr_q       <= pmcsr_d;
      msi_q         <= msi_d;
      msi_addr_l_q  <= msi_addr_l_d;
      msi_addr_h_q  <= msi_addr_h_d;
      msi_data_q    <= msi_data_d;
      ioaddr_q      <= ioaddr_d;
      loaded_q      <= 1'b1;
      id_q          <= id;
      subsystem_q   <= subsystem;
      msi_visible_q <= msi_visible;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      // There are two power states.
      State_A:  assert (power_state_o == D0 || power_state_o == D3hot);
      // What the list does not show cannot be switched on.
      Hidden_A: assert (msi_visible || (!msi_en_o && msi_addr_o == '0 && msi_data_o == '0));
    end
  end
`endif

endmodule
