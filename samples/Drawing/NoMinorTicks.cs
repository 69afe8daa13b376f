using ScottPlot;

namespace Siamese.Samples.Drawing;

/// <summary>Leaves out the ticks between those that are labelled.</summary>
internal sealed class NoMinorTicks : IMinorTickGenerator
{
    public IEnumerable<double> GetMinorTicks(double[] majorPositions, CoordinateRange visibleRange) => [];
}
