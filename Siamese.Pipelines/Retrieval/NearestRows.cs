namespace Siamese.Pipelines.Retrieval;

/// <summary>Keeps the nearest of the rows that it is offered; of rows equally near, those with the smaller number.</summary>
internal sealed class NearestRows(int count)
{
    private readonly PriorityQueue<NearRow, NearRow> _farthestFirst = new(Comparer<NearRow>.Create((x, y) => y.CompareTo(x)));

    /// <summary>Gets the distance below which a row with a greater number than all before it is taken.</summary>
    public float Bound { get; private set; } = float.PositiveInfinity;

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
        }
    }

    /// <summary>Gives the rows in no order.</summary>
    public IEnumerable<NearRow> Rows() => _farthestFirst.UnorderedItems.Select(item => item.Element);
}
