// SPDX-License-Identifier: Apache-2.0
// xoshiro256** (Blackman and Vigna, 2018) seeded by splitmix64; unbiased ranges by Lemire's
// multiplication; exponential variates by an integer logarithm. No floats: the same seed gives the
// same numbers on every machine and compiler.
#include "traces/traces.h"

__extension__ typedef unsigned __int128 rng_u128_t;

static uint64_t rng_rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

// splitmix64 cannot give four zero words in a row, so the all-zero state is never reached.
void rng_seed(rng_t *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15u;
        uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        r->s[i] = z ^ (z >> 31);
    }
}

uint64_t rng_next(rng_t *r)
{
    uint64_t result = rng_rotl(r->s[1] * 5, 7) * 9;
    uint64_t t = r->s[1] << 17;
    r->s[2] ^= r->s[0];
    r->s[3] ^= r->s[1];
    r->s[1] ^= r->s[2];
    r->s[0] ^= r->s[3];
    r->s[2] ^= t;
    r->s[3] = rng_rotl(r->s[3], 45);
    return result;
}

// The high word of x*n is uniform once the few low words that occur once too often are rejected.
uint64_t rng_below(rng_t *r, uint64_t n)
{
    rng_u128_t p = (rng_u128_t)rng_next(r) * n;
    if ((uint64_t)p < n) {
        uint64_t reject_below = (0 - n) % n;
        while ((uint64_t)p < reject_below) p = (rng_u128_t)rng_next(r) * n;
    }
    return (uint64_t)(p >> 64);
}

// ---- logarithm ---------------------------------------------------------------------------------

#define RNG_LN2_Q58 199786072581291495u // ln 2 * 2^58

// Row i, for mantissas in [1 + i/64, 1 + (i+1)/64): recip = ceil(2^16 / (1 + i/64)), and
// ln = -ln(recip / 2^16) * 2^58, computed with 40 digits. recip * mantissa is in [1, 1 + 1/63).
static const struct {
    uint32_t recip;
    uint64_t ln;
} RNG_LN[64] = {
    {65536, 0u},
    {64528, 4467678007656941u},
    {63551, 8865066176262602u},
    {62602, 13201638224706005u},
    {61681, 17473582672430413u},
    {60788, 21677002112189865u},
    {59919, 25827159506038040u},
    {59075, 29915945780802946u},
    {58255, 33944800406522547u},
    {57457, 37920386114556378u},
    {56680, 41844765798410517u},
    {55925, 45709908465813281u},
    {55189, 49528341056626053u},
    {54472, 53297486417020918u},
    {53774, 57014715525936138u},
    {53093, 60688207681756975u},
    {52429, 64315650221592840u},
    {51782, 67894686014772968u},
    {51151, 71428550676868843u},
    {50534, 74926418103995950u},
    {49933, 78374884215643975u},
    {49345, 81789164175930958u},
    {48771, 85161623782839050u},
    {48211, 88490299301789147u},
    {47663, 91785289941248980u},
    {47128, 95038866517884761u},
    {46604, 98261550137646016u},
    {46092, 101445623956588883u},
    {45591, 104595714067070672u},
    {45101, 107710305400330400u},
    {44621, 110794318250812397u},
    {44151, 113846396442087250u},
    {43691, 116865161611543701u},
    {43241, 119849214153499294u},
    {42800, 122803868538565033u},
    {42367, 125734694520805280u},
    {41944, 128626902467976603u},
    {41528, 131499837804166468u},
    {41121, 134338606848330180u},
    {40722, 137148983574853448u},
    {40330, 139937000857824966u},
    {39946, 142694520132448727u},
    {39569, 145427681574821848u},
    {39200, 148128180167500682u},
    {38837, 150809687175416929u},
    {38480, 153471429756162778u},
    {38131, 156097504265844518u},
    {37787, 158709583825095960u},
    {37450, 161291672062793096u},
    {37118, 163858272137799725u},
    {36793, 166393090392104596u},
    {36473, 168910883280186786u},
    {36158, 171411004103202738u},
    {35849, 173884756180949571u},
    {35545, 176339376006611765u},
    {35247, 178766010638728127u},
    {34953, 181180262092526824u},
    {34664, 183573328648460284u},
    {34380, 185944509011449468u},
    {34101, 188293093870898561u},
    {33826, 190626887104507028u},
    {33555, 192945370151817558u},
    {33289, 195239358685273818u},
    {33027, 197516840784880831u},
};

static uint64_t rng_mulhi63(uint64_t a, uint64_t b)
{
    return (uint64_t)(((rng_u128_t)a * b) >> 63);
}

// -ln(u / 2^64) * 2^58 for u > 0, to within 2^-31.
static uint64_t rng_neg_ln_q58(uint64_t u)
{
    unsigned lz = (unsigned)__builtin_clzll(u);
    uint64_t m = u << lz; // mantissa, 1.0 = 2^63
    unsigned i = (unsigned)(m >> 57) & 63;
    // 1 + x = mantissa * recip, x in [0, 1/63): four terms of ln(1+x) leave an error below x^5/5.
    uint64_t x = (uint64_t)(((rng_u128_t)m * RNG_LN[i].recip) >> 16) - (1ull << 63);
    uint64_t ln = (1ull << 63) / 3 - rng_mulhi63(x, 1ull << 61);
    ln = (1ull << 62) - rng_mulhi63(x, ln);
    ln = (1ull << 63) - rng_mulhi63(x, ln);
    ln = (rng_mulhi63(x, ln) >> 5) + RNG_LN[i].ln;
    uint64_t whole = (lz + 1) * RNG_LN2_Q58;
    return whole > ln ? whole - ln : 0;
}

// Rounded to the nearest integer. The mean of the result is off by a factor 1 - 1/(24 mean^2),
// which is below 0.1 % from a mean of 7 on; small means want a smaller unit. The longest variate
// is 44.4 means (64 random bits).
uint64_t rng_exp(rng_t *r, uint64_t mean)
{
    uint64_t u = rng_next(r);
    rng_u128_t product = (rng_u128_t)rng_neg_ln_q58(u ? u : 1) * mean;
    return (uint64_t)((product + (1ull << 57)) >> 58);
}
