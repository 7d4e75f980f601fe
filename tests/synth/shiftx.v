// SPDX-License-Identifier: Apache-2.0
// A wide $shiftx (a word of a register file, say) as multiplexers. Yosys' own template for it shifts all of A by one bit of B
// after the other and cleans up afterwards, which takes time by the square of the width: eight minutes for the 16,032 bits in
// regs_82576.
// Here the highest bit of B goes first, so that each level keeps only what those below can still reach. Narrow ones are left
// to the template.
(* techmap_celltype = "$shiftx" *)
module wide_shiftx (A, B, Y);
    parameter A_SIGNED = 0;
    parameter B_SIGNED = 0;
    parameter A_WIDTH = 1;
    parameter B_WIDTH = 1;
    parameter Y_WIDTH = 1;
    parameter [B_WIDTH-1:0] _TECHMAP_CONSTMSK_B_ = 0;
    parameter [B_WIDTH-1:0] _TECHMAP_CONSTVAL_B_ = 0;
    (* force_downto *) input [A_WIDTH-1:0] A;
    (* force_downto *) input [B_WIDTH-1:0] B;
    (* force_downto *) output [Y_WIDTH-1:0] Y;

    // Higher bits of B point behind A, where the result is not defined.
    localparam LEVELS = $clog2(A_WIDTH) < B_WIDTH ? $clog2(A_WIDTH) : B_WIDTH;
    localparam REACH = Y_WIDTH + (1 << LEVELS) - 1;
    localparam SIGN = _TECHMAP_CONSTMSK_B_[B_WIDTH-1] ? _TECHMAP_CONSTVAL_B_[B_WIDTH-1] : B_SIGNED;
    wire _TECHMAP_FAIL_ = (B_SIGNED && SIGN) || A_WIDTH < 4096; // an index that may be negative reaches A from below

    genvar k;
    generate
        for (k = LEVELS; k >= 0; k = k - 1) begin : level
            wire [Y_WIDTH + (1 << k) - 2:0] part;
            if (k < LEVELS)
                assign part = B[k] ? level[k + 1].part[Y_WIDTH + (2 << k) - 2:1 << k] : level[k + 1].part[Y_WIDTH + (1 << k) - 2:0];
            else if (REACH > A_WIDTH)
                assign part = {{REACH - A_WIDTH{1'bx}}, A};
            else
                assign part = A[REACH-1:0];
        end
    endgenerate
    assign Y = level[0].part;
endmodule
