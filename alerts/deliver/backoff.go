package deliver

import (
	"math"
	"math/rand/v2"
	"time"
)

// jitter is the share by which waits vary, so that channels do not fall into step.
const jitter = 0.2

// backoff gives the wait after a number of failures in a row, from 1.
func backoff(failures int, first, longest time.Duration, random *rand.Rand) time.Duration {
	wait := float64(first) * math.Pow(2, float64(min(failures, 40)-1))
	wait = min(wait, float64(longest)) * (1 + jitter*(2*random.Float64()-1))
	return time.Duration(wait)
}
