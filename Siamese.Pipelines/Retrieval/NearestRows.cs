namespace Siamese.Pipelines.Retrieval;

/// <summary>Keeps the nearest of the rows that it is offered; of rows equally near, those with the smaller number.</summary>
internal sealed class NearestRows(int count)
{
    private readonly PriorityQueue<NearRow, NearRow> _farthestFirst = new(Comparer<NearRow>.Create((x, y) => y.CompareTo(x)));

    /// <summary>Gets the distance below which a row with a greater number than all before it is taken.</summary>
    public float Bound { get; private set; } = float.PositiveInfinity;

    /// <summary>Gets what a squared distance, rounded, is at most where the distance is below the bound.</summary>
    public float SquaredLimit { get; private set; } = float.PositiveInfinity;

    public void Offer(NearRow row)
    {
        if (_farthestFirst.Count < count)
        {
            _farthestFirst.Enqueue(row, row);
        }
        else
        {
            _farthestFirst.EnqueueDequeue(row, row);
        }

        if (_farthestFirst.Count == count)
        {
            Bound = _farthestFirst.Peek().Distance;

            // What underflows, in the square or in the products, is less than the second term.
            SquaredLimit = (Bound * Bound * 1.000001f) + 1e-36f;
        }
    }

    /// <summary>Gives the rows in no order.</summary>
    public IEnumerable<NearRow> Rows() => _farthestFirst.UnorderedItems.Select(item => item.Element);
}
