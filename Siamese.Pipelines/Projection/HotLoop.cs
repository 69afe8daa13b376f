using System.Runtime.CompilerServices;

namespace Siamese.Pipelines.Projection;

/// <summary>What the loops have in common in which a projection spends its time.</summary>
internal static class HotLoop
{
    // In full at once: most of a projection would be over before the runtime had found the loop worth it. It saves a first run a fifth.
    public const MethodImplOptions Compilation = MethodImplOptions.AggressiveOptimization;
}
